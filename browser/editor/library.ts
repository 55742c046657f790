// The library of pictures, over the text: one is looked for and taken.
import { make } from './form.ts'
import { counted, filled, words } from './words.ts'

export type Medium = { id: number; name: string; alt: string; url: string; markdown: string; thumbnail: string }

type Answer = { media: Medium[]; next?: number }

const restMs = 250

export type Library = { element: HTMLDialogElement; open: (take: (medium: Medium) => void) => void }

export function makeLibrary(address: string): Library {
  const field = make('input', { id: 'library-search', type: 'search', maxlength: '100', autocomplete: 'off' })
  const search = make('form', { role: 'search' }, make('label', { for: field.id }, words.searchPictures), field)
  const list = make('ul', { class: 'media' })
  const note = make('p', { class: 'quiet', role: 'status' })
  const again = make('button', { type: 'button', class: 'second small', hidden: '' }, words.tryAgain)
  const earlier = make('button', { type: 'button', class: 'second small', hidden: '' }, words.earlierPictures)
  const close = make('form', { method: 'dialog' }, make('button', { class: 'second' }, words.close))
  const element = make('dialog', { class: 'library', 'aria-labelledby': 'library-heading' })
  element.append(make('h2', { id: 'library-heading' }, words.fromLibrary), search, note, again, list, earlier, close)

  let take: (medium: Medium) => void = () => {}
  let asked = 0
  let wasMore = false
  let before: number | undefined
  let timer: ReturnType<typeof setTimeout>

  /** From the newest, or with what comes below the ones that are shown. */
  async function load(isMore: boolean): Promise<void> {
    clearTimeout(timer)
    const number = ++asked
    const q = field.value.trim()
    again.hidden = true
    earlier.disabled = true
    note.textContent = words.looking
    try {
      const { media, next } = await ask(address, q, isMore ? before : undefined)
      if (number !== asked) return
      const items = media.map((medium) => item(medium, () => choose(medium)))
      if (isMore) list.append(...items)
      else list.replaceChildren(...items)
      before = next
      earlier.hidden = next === undefined
      note.textContent = describe(list.children.length, q, next !== undefined)
      if (isMore) items[0]?.querySelector('button')?.focus()
    } catch (error) {
      if (number !== asked) return
      if (!isMore) list.replaceChildren()
      earlier.hidden = true
      again.hidden = false
      wasMore = isMore
      note.textContent = error instanceof Refusal ? error.message : words.noAnswer
    }
    earlier.disabled = false
  }

  function choose(medium: Medium): void {
    element.close()
    take(medium)
  }

  field.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void load(false), restMs)
  })
  search.addEventListener('submit', (event) => {
    event.preventDefault()
    void load(false)
  })
  earlier.addEventListener('click', () => void load(true))
  again.addEventListener('click', () => void load(wasMore))
  list.addEventListener('keydown', (event) => walk(list, event))
  // A click beside it.
  element.addEventListener('click', ({ target }) => target === element && element.close())

  return {
    element,
    open(whenTaken) {
      take = whenTaken
      field.value = ''
      list.replaceChildren()
      earlier.hidden = true
      element.showModal()
      void load(false)
    },
  }
}

class Refusal extends Error {}

async function ask(address: string, q: string, before: number | undefined): Promise<Answer> {
  const query = new URLSearchParams({ ...(q && { q }), ...(before && { before: String(before) }) })
  const response = await fetch(`${address}?${query}`, { headers: { accept: 'application/json' } })
  if (response.ok) return (await response.json()) as Answer
  throw new Refusal(
    response.status === 401 ? words.librarySignedOut : filled(words.libraryStatus, { status: response.status }),
  )
}

function item(medium: Medium, choose: () => void): HTMLElement {
  const image = make('img', { src: medium.thumbnail, alt: '', loading: 'lazy', decoding: 'async' })
  const button = make('button', { type: 'button' }, image, make('span', { class: 'media-name' }, medium.name))
  if (medium.alt) button.append(make('span', { class: 'media-alt' }, medium.alt))
  button.addEventListener('click', choose)
  return make('li', {}, button)
}

function describe(count: number, q: string, isMore: boolean): string {
  if (count === 0) return q ? words.noSuchPicture : words.noPictures
  return counted(isMore ? words.countPicturesAndMore : words.countPictures, count)
}

/** Arrows go from picture to picture, up and down by rows. */
function walk(list: HTMLElement, event: KeyboardEvent): void {
  const buttons = [...list.querySelectorAll('button')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  const rowOf = (button: HTMLElement | undefined) => button?.getBoundingClientRect().top
  const columns = buttons.findIndex((button) => rowOf(button) !== rowOf(buttons[0]))
  const row = columns < 0 ? buttons.length : columns
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }
  const step = steps[event.key]
  if (at < 0 || step === undefined) return
  event.preventDefault()
  buttons[at + step]?.focus()
}
