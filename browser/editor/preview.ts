// The real page beside the text, with what is not saved yet. It follows the text and keeps its place.
import type { EditorView } from '@codemirror/view'
import { type Following, startFollowing } from './following.ts'
import { fieldsOf, make } from './form.ts'
import { words } from './words.ts'

export type Preview = {
  element: HTMLElement
  toggle: () => boolean
  changed: () => void
  follow: (view: EditorView) => void
}

const restMs = 600

export function startPreview(form: HTMLFormElement): Preview {
  // No script and no form works in there, and no link leads the frame away.
  const frame = make('iframe', { title: words.preview, sandbox: 'allow-same-origin', class: 'page-frame' })
  const note = make('p', { class: 'quiet', role: 'status' })
  const element = make('section', { class: 'page-beside', 'aria-label': words.preview }, note, frame)
  element.hidden = true
  let timer: ReturnType<typeof setTimeout>
  let asked = 0
  let following: Following | undefined

  frame.addEventListener('load', () => {
    following?.again()
    frame.contentDocument?.addEventListener('click', (event) => {
      const link = (event.target as Element).closest('a')
      if (link && !link.getAttribute('href')?.startsWith('#')) event.preventDefault()
    })
  })

  async function refresh(): Promise<void> {
    const number = ++asked
    try {
      const response = await fetch(form.dataset.page ?? '', {
        method: 'POST',
        body: new URLSearchParams(fieldsOf(form)),
        headers: { accept: 'text/html' },
      })
      if (number !== asked) return
      note.textContent = response.ok ? '' : words.previewFailed
      if (response.ok) put(await response.text())
    } catch {
      note.textContent = words.previewOld
    }
  }

  /** Into the page that is there, so that nothing blinks and the reader's place stays. */
  function put(text: string): void {
    const shown = frame.contentDocument?.querySelector('main')
    const fresh = new DOMParser().parseFromString(text, 'text/html')
    const main = fresh.querySelector('main')
    if (shown && main) {
      shown.replaceWith(main)
      following?.again()
    } else frame.srcdoc = text
  }

  return {
    element,
    toggle() {
      element.hidden = !element.hidden
      document.documentElement.classList.toggle('with-preview', !element.hidden)
      if (!element.hidden) {
        following?.again()
        void refresh()
      }
      return !element.hidden
    },
    follow: (view) => (following = startFollowing(view, frame)),
    changed() {
      if (element.hidden) return
      clearTimeout(timer)
      timer = setTimeout(() => void refresh(), restMs)
    },
  }
}
