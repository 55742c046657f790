// A text that a page left in this browser is offered, and never dropped unseen.
import { lines, make, setHidden, submitTo, valueOf, writtenIn } from './form.ts'
import { type Copy, type Fields, dropByKey, listLeftCopies } from './local-copies.ts'
import { filled, words } from './words.ts'

type Surroundings = {
  form: HTMLFormElement
  /** Written at the moment the page came. */
  initial: Fields
  fill: (fields: Fields) => void
}

export async function offerLeftCopies({ form, initial, fill }: Surroundings): Promise<void> {
  const { who, post } = form.dataset
  for (const copy of await listLeftCopies(post ? `bloggy:${who}:${post}` : `bloggy:${who}:new:`)) {
    if (post && copy.key.split(' ')[0] !== `bloggy:${who}:${post}`) continue
    if (writtenIn(copy.fields) === writtenIn(initial)) dropByKey(copy.key)
    else {
      const begun = post ? undefined : await findBegun(form, copy.fields)
      if (begun && isSame(begun.saved, copy.fields)) dropByKey(copy.key)
      else form.before(offer(form, copy, begun?.addresses['data-comparison'] ?? form.dataset.comparison, fill))
    }
  }
}

type Begun = { saved: { title: string; body: string }; addresses: Record<string, string> }

/** What the server has of a new post. Asked twice: the last words of a page that was left may be on their way. */
async function findBegun(form: HTMLFormElement, fields: Fields): Promise<Begun | undefined> {
  const address = `${form.dataset.autosave}?submission_key=${encodeURIComponent(valueOf(fields, 'submission_key'))}`
  for (let turn = 1; turn <= 2; turn++) {
    try {
      const response = await fetch(address, { headers: { accept: 'application/json' } })
      const begun = response.ok ? ((await response.json()) as Begun) : undefined
      if (begun && (turn === 2 || isSame(begun.saved, fields))) return begun
    } catch {}
    if (turn === 1) await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  return undefined
}

function isSame({ title, body }: Begun['saved'], fields: Fields): boolean {
  return title.trim() === valueOf(fields, 'title').trim() && lines(body) === valueOf(fields, 'body')
}

function offer(
  form: HTMLFormElement,
  copy: Copy,
  comparison: string | undefined,
  fill: (fields: Fields) => void,
): HTMLElement {
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' })
  const title = valueOf(copy.fields, 'title').trim() || words.untitled
  const values = { title, when: when.format(copy.at) }
  const section = make(
    'section',
    { class: 'notice left-copy', 'aria-label': filled(words.leftCopy, values) },
    make('p', {}, filled(words.leftCopyNote, values)),
  )
  const buttons = make('p', { class: 'buttons' })
  const add = (text: string, act: () => void) => {
    const button = make('button', { type: 'button', class: 'second' }, text)
    button.addEventListener('click', act)
    buttons.append(button)
  }
  if (comparison) add(words.lookAtBoth, () => submitTo(comparison, copy.fields))
  else {
    add(words.goOn, () => {
      setHidden(form, 'submission_key', valueOf(copy.fields, 'submission_key'))
      fill(copy.fields)
      dropByKey(copy.key)
      section.remove()
    })
  }
  add(words.throwAway, () => {
    dropByKey(copy.key)
    section.remove()
  })
  section.append(buttons)
  return section
}
