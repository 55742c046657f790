// The page beside the text goes along with it: what is at the cursor, or in the upper part of the window, stands at the
// same height in both. Headings tie them together; between two of them it is by proportion.
import { StateEffect, type Text } from '@codemirror/state'
import { EditorView } from '@codemirror/view'

export type Following = {
  /** After the page in the frame became another one, or the frame is seen again. */
  again: () => void
}

// A scroll that a move of the cursor brought about comes shortly after it.
const cursorScrollMs = 250

export function startFollowing(view: EditorView, frame: HTMLIFrameElement): Following {
  let isByCursor = true
  // Whoever looks around in the frame is left alone until the text moves.
  let isLookedAround = false
  let movedAt = 0
  let waiting = 0
  const known = new WeakSet<Document>()

  const goAlong = () => {
    cancelAnimationFrame(waiting)
    waiting = requestAnimationFrame(() => put(view, frame, isByCursor))
  }
  const moved = (byCursor: boolean) => {
    isByCursor = byCursor
    isLookedAround = false
    goAlong()
  }
  const moves = EditorView.updateListener.of(({ selectionSet, docChanged }) => {
    if (!selectionSet && !docChanged) return
    movedAt = performance.now()
    moved(true)
  })
  view.dispatch({ effects: StateEffect.appendConfig.of(moves) })
  addEventListener('scroll', () => performance.now() - movedAt > cursorScrollMs && moved(false), { passive: true })
  addEventListener('resize', goAlong)

  return {
    again() {
      const page = frame.contentDocument
      if (page && !known.has(page)) {
        known.add(page)
        for (const event of ['wheel', 'touchmove', 'keydown', 'mousedown'])
          page.addEventListener(event, () => (isLookedAround = true), { passive: true })
        // A picture that came pushes what is below it down.
        page.addEventListener('load', () => isLookedAround || goAlong(), true)
      }
      if (!isLookedAround) goAlong()
    },
  }
}

function put(view: EditorView, frame: HTMLIFrameElement, isByCursor: boolean): void {
  const window = frame.contentWindow
  const prose = frame.contentDocument?.querySelector('.prose')
  if (!window || !prose || frame.clientHeight === 0) return
  const at = (isByCursor ? cursorTop(view) : undefined) ?? innerHeight / 3
  const [text, page] = pairs(view, prose, window.scrollY)
  const top = between(at - view.documentTop, text, page)
  window.scrollTo({ top: top - at + frame.getBoundingClientRect().top, behavior: 'instant' })
}

/** Where the cursor is in the window, if it is in sight. */
export function cursorTop(view: EditorView): number | undefined {
  const { head } = view.state.selection.main
  const top = view.coordsAtPos(head)?.top ?? view.documentTop + view.lineBlockAt(head).top
  return top >= 0 && top <= innerHeight ? top : undefined
}

/** Heights in the text, and those in the page that belong to them. */
function pairs(view: EditorView, prose: Element, scrolled: number): [text: number[], page: number[]] {
  const topOf = (element: Element) => element.getBoundingClientRect().top + scrolled
  const lines = headingsOf(view.state.doc)
  const shown = [...prose.querySelectorAll(':scope > :is(h1, h2, h3, h4, h5, h6)')]
  const isSame = lines.length === shown.length
  return [
    [0, ...(isSame ? lines.map((at) => view.lineBlockAt(at).top) : []), view.contentHeight],
    [topOf(prose), ...(isSame ? shown.map(topOf) : []), prose.getBoundingClientRect().bottom + scrolled],
  ]
}

/** The place among `to` that one among `from` has; both rise. */
function between(value: number, from: number[], to: number[]): number {
  const last = from.length - 1
  let index = 1
  while (index < last && (from[index] ?? 0) <= value) index++
  const [start = 0, end = 0] = [from[index - 1], from[index]]
  const [first = 0, second = 0] = [to[index - 1], to[index]]
  const share = end > start ? Math.min(1, Math.max(0, (value - start) / (end - start))) : 0
  return first + share * (second - first)
}

let counted: { doc: Text; found: number[] } | undefined

/** Where lines with a heading begin. Kept for as long as the text is the same. */
function headingsOf(doc: Text): number[] {
  if (counted?.doc === doc) return counted.found
  const found: number[] = []
  let at = 0
  let fence = ''
  for (const line of doc.iterLines()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? ''
    if (mark && fence === '') fence = mark
    else if (mark.startsWith(fence) && line.trim() === mark) fence = ''
    if (fence === '' && /^ {0,3}#{1,6}(\s|$)/.test(line)) found.push(at)
    at += line.length + 1
  }
  counted = { doc, found }
  return found
}
