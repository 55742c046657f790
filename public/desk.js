// Keys for the desk, one box for all rows, and a button to copy a link. Everything they do can be done without them.
const setting = 'desk-keys'
const say = JSON.parse(document.querySelector('[data-desk]').dataset.desk)
const rows = () =>
  [...document.querySelectorAll('[data-rows] li')].filter((row) => row.checkVisibility() && row.querySelector('a'))
const isTyping = (target) => target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null

const deeds = {
  j: () => step(1),
  k: () => step(-1),
  o: () => here()?.querySelector('a').click(),
  x: () => here()?.querySelector('input[type=checkbox]')?.click(),
  '/': () => document.querySelector('[data-key="/"]')?.focus(),
  n: () => document.querySelector('[data-key="n"]')?.click(),
  a: () => decide('a'),
  s: () => decide('s'),
  h: () => decide('h'),
  u: () => document.querySelector('[data-key="u"]')?.click(),
}
const words = [
  ['j', say.next],
  ['k', say.previous],
  ['o', say.open],
  ['x', say.tick],
  ['/', say.search],
  ...(document.querySelector('[data-key="n"]') ? [['n', say.write]] : []),
  ...(document.querySelector('.queue')
    ? [
        ['a', say.approve],
        ['s', say.spam],
        ['h', say.hide],
        ['u', say.takeBack],
      ]
    : []),
  ['?', say.list],
]

function here() {
  return document.activeElement?.closest('[data-rows] li') ?? undefined
}

/** Presses the button of the row; the server has the last word. */
function decide(key) {
  here()?.querySelector(`[data-key="${key}"]`)?.click()
}

function step(by) {
  const all = rows()
  const at = all.indexOf(here())
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))
  all[next]?.querySelector('a').focus()
}

// After a decision the next row is there to be decided about.
if (document.querySelector('[data-continue]')) step(1)

// A single key can be in the way of those who speak to their computer, so it can be turned off.
const isOn = () => localStorage.getItem(setting) !== 'off'

// A page without rows has nothing for them to do.
const hasKeys = document.querySelector('[data-rows], [data-key]') !== null

addEventListener('keydown', (event) => {
  if (!hasKeys) return
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return
  if (dialog.open) return
  const deed = event.key === '?' ? () => dialog.showModal() : deeds[event.key]
  if (!deed || (!isOn() && event.key !== '?')) return
  event.preventDefault()
  deed()
})

function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes)
  made.append(...children)
  return made
}

const box = element('input', { type: 'checkbox', checked: isOn() })
box.addEventListener('change', () => localStorage.setItem(setting, box.checked ? 'on' : 'off'))
const dialog = element(
  'dialog',
  { className: 'keys' },
  element('h2', { id: 'keys', textContent: say.keys }),
  element(
    'dl',
    {},
    ...words.flatMap(([key, what]) => [
      element('dt', {}, element('kbd', { textContent: key })),
      element('dd', { textContent: what }),
    ]),
  ),
  element('p', { className: 'check' }, element('label', {}, box, ` ${say.useKeys}`)),
  element('form', { method: 'dialog' }, element('button', { className: 'second', textContent: say.close })),
)
dialog.setAttribute('aria-labelledby', 'keys')

const opener = element('button', { type: 'button', className: 'second small', textContent: say.showKeys })
opener.addEventListener('click', () => dialog.showModal())
if (hasKeys) document.querySelector('main').append(element('p', { className: 'show-keys' }, opener), dialog)

// One box for all of the page.
const boxes = [...document.querySelectorAll('.pick input')]
if (boxes.length > 1) {
  const all = element('input', { type: 'checkbox' })
  all.addEventListener('change', () => {
    for (const one of boxes) one.checked = all.checked
  })
  for (const one of boxes) {
    one.addEventListener('change', () => {
      all.checked = boxes.every(({ checked }) => checked)
      all.indeterminate = !all.checked && boxes.some(({ checked }) => checked)
    })
  }
  document.querySelector('.picked').before(element('label', { className: 'all' }, all, say.all))
}

// Browsers give the clipboard to encrypted pages and to localhost; elsewhere the link is there to be selected.
const link = document.querySelector('[data-copy]')
if (link && navigator.clipboard) {
  const told = element('span', { className: 'quiet', role: 'status' })
  const button = element('button', { type: 'button', className: 'second small', textContent: say.copy })
  button.addEventListener('click', async () => {
    const isCopied = await navigator.clipboard.writeText(link.href).then(
      () => true,
      () => false,
    )
    told.textContent = isCopied ? say.copied : say.notCopied
  })
  link.parentElement.after(element('p', { className: 'buttons copy' }, button, told))
}
