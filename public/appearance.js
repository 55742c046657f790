// The look of the blog as it is typed: does what "Preview" does when somebody pauses, and puts the answer into the page
// that is in the frame, so that nothing blinks, the place stays and the browser's history is left alone.
const form = document.querySelector('[data-appearance]')
const button = form.querySelector('[data-preview]')
const frame = document.querySelector('iframe')
const note = document.querySelector('[data-trouble]')
let timer
let asked = 0

const values = new Map()
for (const chooser of form.querySelectorAll('input[type=color]')) {
  const shown = document.createElement('code')
  values.set(chooser, shown)
  shown.textContent = chooser.value
  chooser.parentElement.append(' ', shown)
}

async function refresh() {
  const number = ++asked
  const body = new URLSearchParams(new FormData(form))
  const response = await fetch(button.formAction, { method: 'POST', body, headers: { accept: 'text/html' } }).catch(
    () => undefined,
  )
  if (number !== asked) return
  note.textContent = response?.ok ? '' : note.dataset.trouble
  if (response?.ok) put(await response.text())
}

function put(text) {
  // This page's policy knows no hash of the style; a sheet that is made here needs none.
  const [style = '', css = ''] = /<style>([^<]*)<\/style>/.exec(text) ?? []
  const fresh = new DOMParser().parseFromString(text.replace(style, ''), 'text/html')
  const sheet = new frame.contentWindow.CSSStyleSheet()
  sheet.replaceSync(css)
  const page = frame.contentDocument
  page.replaceChild(page.adoptNode(fresh.documentElement), page.documentElement)
  page.adoptedStyleSheets = [sheet]
}

function soon(event) {
  values.get(event.target)?.replaceChildren(event.target.value)
  clearTimeout(timer)
  timer = setTimeout(refresh, 400)
}

form.addEventListener('input', soon)
document.querySelector('#preview_of').addEventListener('input', soon)
button.addEventListener('click', (event) => {
  event.preventDefault()
  void refresh()
  // On a phone the page stands below the choices.
  frame.scrollIntoView({ block: 'nearest' })
})
frame.addEventListener(
  'load',
  () => {
    frame.contentDocument.addEventListener('click', (event) => {
      if (event.target.closest('a')) event.preventDefault()
    })
    void refresh()
  },
  { once: true },
)
frame.srcdoc = '<!doctype html>'
