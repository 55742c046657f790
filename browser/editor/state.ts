// How the text stands, in words: always in sight, and said aloud when it matters.
import { make } from './form.ts'
import { words } from './words.ts'

type Way = { text: string } & ({ href: string } | { act: () => void })

export type Show = {
  saving: () => void
  saved: () => void
  trouble: (words: string, way?: Way) => void
  /** Beside the state, which it says nothing about, until it is put away. */
  aside: (words: string) => void
  /** Said to those who listen, shown to nobody. */
  say: (words: string) => void
}

// They stand over the text.
const mostAsides = 3

export function startState(savedWords: () => string): {
  element: HTMLElement
  asides: HTMLElement
  spoken: HTMLElement
  show: Show
} {
  const element = make('p', { class: 'saving-state', 'data-state': 'saved' })
  // Not the state itself: "Saving", "Saved" every few seconds would talk over the writer.
  const spoken = make('p', { class: 'unseen', 'aria-live': 'polite', role: 'status' })
  let isTrouble = false
  const sentences = make('span')
  const putAway = make('button', { type: 'button', class: 'second small' }, words.putAway)
  const asides = make('p', { class: 'asides', hidden: '' }, sentences, ' ', putAway)
  let latest: string[] = []
  putAway.addEventListener('click', () => {
    asides.hidden = true
    latest = []
  })

  const set = (state: string, sentence: string, way?: Way) => {
    element.dataset.state = state
    element.replaceChildren(sentence)
    if (!way) return
    if ('href' in way) element.append(' ', make('a', { href: way.href, target: '_blank' }, way.text))
    else {
      const button = make('button', { type: 'button', class: 'second small' }, way.text)
      button.addEventListener('click', way.act)
      element.append(' ', button)
    }
  }
  const say = (sentence: string) => {
    if (spoken.textContent !== sentence) spoken.textContent = sentence
  }

  return {
    element,
    asides,
    spoken,
    show: {
      saving: () => set('saving', words.saving),
      saved: () => {
        set('saved', savedWords())
        if (isTrouble) say(savedWords())
        isTrouble = false
      },
      trouble: (sentence, way) => {
        set('trouble', sentence, way)
        say(sentence)
        isTrouble = true
      },
      aside: (sentence) => {
        latest = [...latest, sentence].slice(-mostAsides)
        sentences.textContent = latest.join(' ')
        asides.hidden = false
        say(sentence)
      },
      say,
    },
  }
}
