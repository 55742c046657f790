// A text that a page left in this browser is offered, and never dropped unseen.
import { make, setHidden, submitTo, valueOf, writtenIn } from './form.ts'
import { type Copy, type Fields, dropByKey, listLeftCopies } from './local-copies.ts'

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
    else form.before(offer(form, copy, fill))
  }
}

function offer(form: HTMLFormElement, copy: Copy, fill: (fields: Fields) => void): HTMLElement {
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' })
  const title = valueOf(copy.fields, 'title').trim() || 'Untitled'
  const section = make(
    'section',
    { class: 'notice left-copy', 'aria-label': 'Unsaved text' },
    make('p', {}, `This browser kept a text that did not reach the blog: “${title}”, from ${when.format(copy.at)}.`),
  )
  const buttons = make('p', { class: 'buttons' })
  const add = (text: string, act: () => void) => {
    const button = make('button', { type: 'button', class: 'second' }, text)
    button.addEventListener('click', act)
    buttons.append(button)
  }
  if (form.dataset.comparison) add('Look at both', () => submitTo(form.dataset.comparison ?? '', copy.fields))
  else {
    add('Go on with it', () => {
      setHidden(form, 'submission_key', valueOf(copy.fields, 'submission_key'))
      fill(copy.fields)
      dropByKey(copy.key)
      section.remove()
    })
  }
  add('Throw it away', () => {
    dropByKey(copy.key)
    section.remove()
  })
  section.append(buttons)
  return section
}
