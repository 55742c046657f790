// The editor. The form works without it; with it the text looks like what it means and nothing is lost.
import type { EditorView } from '@codemirror/view'
import { type Action, keysOf, makeBar, makeKeysDialog } from './bar.ts'
import { describeLength } from './counts.ts'
import { fieldsOf, make } from './form.ts'
import { cursorTop } from './following.ts'
import { offerLeftCopies } from './left-copies.ts'
import { type Library, makeLibrary } from './library.ts'
import { type Fields, dropCopy, holdPage } from './local-copies.ts'
import { startPictureAtTop } from './picture-at-top.ts'
import { putPicture, sendPictures } from './pictures.ts'
import { type Preview, startPreview } from './preview.ts'
import { type Saving, placeOf, startSaving } from './saving.ts'
import { type Show, startState } from './state.ts'
import { growTitle } from './title.ts'
import { filled, words } from './words.ts'
import { replaceText, startWriting, textIn } from './writing.ts'

const form = document.querySelector<HTMLFormElement>('form[data-editor]')
const area = form?.querySelector<HTMLTextAreaElement>('textarea[name=body]')
if (form && area) start(form, area)

function start(form: HTMLFormElement, area: HTMLTextAreaElement): void {
  holdPage()
  // What a browser fills in again after a reload would look like something new.
  form.autocomplete = 'off'
  const { element, asides, spoken, show } = startState(() => (form.dataset.draft ? words.savedAsDraft : words.saved))
  const preview = startPreview(form)
  const counts = make('p', { class: 'counts' })
  let counting: ReturnType<typeof setTimeout>
  let saving: Saving | undefined

  const changed = () => {
    saving?.changed()
    preview.changed()
    clearTimeout(counting)
    counting = setTimeout(() => (counts.textContent = describeLength(textIn(view))), 300)
  }
  const view = startWriting({
    area,
    onChange: changed,
    onPictures: (view, files, at) => void sendPictures(view, files, at, form.dataset.media ?? '', show),
  })
  preview.follow(view)
  growTitle(form, () => view.focus())
  // Also on a page that came back without one: two first saves are one post.
  const key = form.querySelector<HTMLInputElement>('input[name=submission_key]')
  if (key?.value === '') key.value = newKey()
  const initial = fieldsOf(form)
  saving = startSaving(form, show)
  counts.textContent = describeLength(textIn(view))
  form.addEventListener(
    'input',
    (event) => event.target instanceof Element && !view.dom.contains(event.target) && changed(),
  )
  form.addEventListener('change', changed)

  const dialog = makeKeysDialog()
  const library = makeLibrary(form.dataset.media ?? '')
  view.dom.before(
    makeBar(view, actionsOf({ form, view, preview, dialog, library, show }), form.dataset.format === 'plain'),
  )
  view.dom.after(make('div', { class: 'editor-foot' }, asides, element, counts))
  document.body.append(spoken, preview.element, dialog, library.element)
  document.documentElement.classList.add('writes')
  // The frame beside the text shows more than the part of a page below it.
  form.querySelector('button[formaction$="#preview"]')?.remove()

  startPictureAtTop(form, library, show)
  listenToKeys(form, saving, show)
  sendWhenSafe(form, saving, show)
  document.querySelector('[data-take-theirs]')?.addEventListener('click', () => {
    saving?.end()
    dropCopy(placeOf(form))
  })
  void offerLeftCopies({ form, initial, fill: (fields) => fill(form, view, fields, changed) })
}

type Parts = {
  form: HTMLFormElement
  view: EditorView
  preview: Preview
  dialog: HTMLDialogElement
  library: Library
  show: Show
}

function actionsOf({ form, view, preview, dialog, library, show }: Parts): Action[] {
  const input = make('input', {
    type: 'file',
    accept: 'image/*',
    multiple: '',
    'aria-label': words.pictures,
    hidden: '',
  })
  document.body.append(input)
  const send = (files: File[]) =>
    void sendPictures(view, files, view.state.selection.main.head, form.dataset.media ?? '', show)
  input.addEventListener('change', () => {
    send([...(input.files ?? [])])
    input.value = ''
    view.focus()
  })
  view.dom.addEventListener('pick-picture', () => input.click())
  const takeFromLibrary = () =>
    library.open(({ markdown, name }) => {
      putPicture(view, view.state.selection.main.head, markdown)
      view.dispatch({ scrollIntoView: true })
      view.focus()
      show.say(filled(words.inText, { name }))
    })
  view.dom.addEventListener('pick-from-library', takeFromLibrary)
  const back = make('button', { type: 'button', class: 'second' }, words.backToText)
  const togglePreview = () => {
    const isCursorInSight = cursorTop(view) !== undefined
    const isOn = preview.toggle()
    // Lines are broken elsewhere now.
    if (isCursorInSight) view.dispatch({ scrollIntoView: true })
    press(words.preview, isOn)
    // Where there is no room for both, the text is hidden and the button is the way back to it.
    if (!isOn) view.focus()
    else if (back.checkVisibility()) back.focus()
  }
  back.addEventListener('click', togglePreview)
  preview.element.prepend(back)
  document.addEventListener('toggle-preview', togglePreview)
  document.addEventListener('toggle-focus', () => {
    press(words.focus, document.documentElement.classList.toggle('focus-mode'))
    view.focus()
    view.dispatch({ scrollIntoView: true })
  })
  document.addEventListener('show-keys', () => dialog.showModal())
  return [
    { name: words.picture, icon: 'M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M13 8h.01', act: () => input.click() },
    {
      name: words.fromLibrary,
      icon: 'M6 3h11v10H6zM6 11l3-3 3 3 2-2 3 3M3 6v11h11',
      act: takeFromLibrary,
    },
    {
      name: words.preview,
      icon: 'M3 4h14v12H3zM11 4v12',
      keys: keysOf.preview,
      isSwitch: true,
      act: () => tell('toggle-preview'),
    },
    {
      name: words.focus,
      icon: 'M4 7V4h3M13 4h3v3M16 13v3h-3M7 16H4v-3',
      keys: keysOf.focus,
      isSwitch: true,
      act: () => tell('toggle-focus'),
    },
    {
      name: words.keys,
      icon: 'M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M10 14.5h.01',
      keys: keysOf.keys,
      act: () => tell('show-keys'),
    },
  ]
}

/** As crypto.randomUUID(), which is there on https:// only. */
function newKey(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function tell(what: string): void {
  document.dispatchEvent(new Event(what))
}

function press(name: string, isOn: boolean): void {
  const buttons = [...document.querySelectorAll('.editor-bar button')]
  const button = buttons.find((button) => button.getAttribute('aria-label') === name)
  button?.setAttribute('aria-pressed', String(isOn))
}

function listenToKeys(form: HTMLFormElement, saving: Saving, show: Show): void {
  document.addEventListener(
    'keydown',
    (event) => {
      // A dialog has keys of its own, and Escape closes what is in front.
      if (event.defaultPrevented || document.querySelector('dialog[open]')) return
      if (event.key === 'Escape' && document.querySelector('.cm-tooltip-autocomplete')) return
      const isMod = event.ctrlKey || event.metaKey
      const does = (act: () => void) => {
        event.preventDefault()
        act()
      }
      if (event.key === 'Escape' && document.documentElement.classList.contains('focus-mode'))
        does(() => tell('toggle-focus'))
      else if (!isMod) return
      else if (event.altKey && event.code === 'KeyP') does(() => tell('toggle-preview'))
      else if (event.altKey && event.code === 'KeyF') does(() => tell('toggle-focus'))
      else if (event.key === 's') does(() => void saving.save().then((isSaved) => isSaved && show.say(words.saved)))
      else if (event.key === '/') does(() => tell('show-keys'))
      // The first button is the one that changes nothing for readers.
      else if (event.key === 'Enter')
        does(() => form.requestSubmit(form.querySelector<HTMLButtonElement>('.buttons button')))
    },
    true,
  )
}

/** A button of the form leads away from the page only when the server has the text, or refused it for a reason it shows. */
function sendWhenSafe(form: HTMLFormElement, saving: Saving, show: Show): void {
  let isSafe = false
  let presses = 0
  const send = async (submitter: HTMLElement | null) => {
    saving.choose()
    if (!(await picturesAreThere(show, ++presses, () => presses))) return
    // Too long, or somebody was faster: the page that comes says so, and shows the text.
    if (!(await saving.save()) && saving.isAway()) return show.say(words.nothingSent)
    isSafe = true
    saving.end()
    form.requestSubmit(submitter)
  }
  form.addEventListener('submit', (event) => {
    if (isSafe) return
    event.preventDefault()
    // Afterwards: a form does not send itself while it is telling that it will.
    setTimeout(() => void send(event.submitter))
  })
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
}

/**
 * A picture on its way would be missing in what is sent: it arrives, or is refused, or the button is pressed again. False
 * for the press before.
 */
async function picturesAreThere(show: Show, press: number, latest: () => number): Promise<boolean> {
  const isComing = () => document.querySelector('.picture-coming, .picture-at-top progress:not([hidden])') !== null
  if (press > 1 || !isComing()) return true
  show.trouble(words.pictureComing)
  while (isComing() && latest() === press) await new Promise((resolve) => setTimeout(resolve, 100))
  return latest() === press
}

function fill(form: HTMLFormElement, view: EditorView, fields: Fields, changed: () => void): void {
  for (const [name, value] of fields) {
    const field = form.elements.namedItem(name)
    if (name === 'body') replaceText(view, value)
    else if (
      field instanceof HTMLInputElement ||
      field instanceof HTMLTextAreaElement ||
      field instanceof HTMLSelectElement
    ) {
      if (field.type === 'checkbox') (field as HTMLInputElement).checked = true
      else field.value = value
    }
  }
  changed()
}
