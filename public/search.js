// Words to choose from while somebody types. The page works without this.
const field = document.querySelector('[data-suggestions]')
const list = document.createElement('datalist')
list.id = 'words'
field.after(list)
field.setAttribute('list', list.id)
const known = new Map()
let timer
let latest = ''

field.addEventListener('input', () => {
  clearTimeout(timer)
  timer = setTimeout(() => void suggest(field.value), 150)
})

async function suggest(typed) {
  latest = typed
  if (typed.trim().length < 2) return list.replaceChildren()
  if (!known.has(typed)) {
    const answer = await fetch(`${field.dataset.suggestions}?q=${encodeURIComponent(typed)}`).catch(() => undefined)
    // Too many, or not reachable: the field goes on without.
    if (!answer?.ok) return
    known.set(typed, (await answer.json())[1])
  }
  if (typed !== latest) return
  const options = known.get(typed).map((word) => Object.assign(document.createElement('option'), { value: word }))
  list.replaceChildren(...options)
}
