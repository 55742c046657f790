// The buttons above the text, and the list of keys.
import type { StateCommand } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { bold, bulletList, code, italic, link, nextHeading, numberedList, quote } from './commands.ts'
import { make } from './form.ts'
import { words } from './words.ts'

export type Action = { name: string; icon: string; keys?: string; isSwitch?: boolean; act: () => void }

const isApple = /Mac|iPhone|iPad/.test(navigator.platform)
const mod = isApple ? '⌘' : words.ctrl
const alt = isApple ? '⌥' : words.alt
const shift = isApple ? '⇧' : words.shift

export const keysOf = {
  save: `${mod}S`,
  preview: `${mod}${alt}P`,
  focus: `${mod}${alt}F`,
  keys: `${mod}/`,
}

/** One stop for the Tab key, and arrows within, as screen readers expect of a toolbar. */
export function makeBar(view: EditorView, actions: Action[], isPlain: boolean): HTMLElement {
  const bar = make('div', { class: 'editor-bar', role: 'toolbar', 'aria-label': words.formatting })
  const marks = isPlain ? [] : formats(view)
  const all = [...marks, ...actions]
  const buttons = all.map(({ name, icon, keys, isSwitch, act }, index) => {
    const button = make('button', {
      type: 'button',
      'aria-label': name,
      title: keys ? `${name} (${keys})` : name,
      tabindex: index === 0 ? '0' : '-1',
      ...(isSwitch && { 'aria-pressed': 'false' }),
    })
    button.append(iconOf(icon))
    button.addEventListener('click', act)
    // The selection in the text stays.
    button.addEventListener('mousedown', (event) => event.preventDefault())
    return button
  })
  const rest = make('span', { class: 'bar-rest' })
  rest.append(...buttons.slice(marks.length))
  bar.append(...buttons.slice(0, marks.length), rest)
  bar.addEventListener('keydown', (event) => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }
    const to = steps[event.key]
    if (to === undefined || at < 0) return
    event.preventDefault()
    const next = buttons.at(to % buttons.length)
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1
    next?.focus()
  })
  return bar
}

function formats(view: EditorView): Action[] {
  const run = (command: StateCommand) => () => {
    command(view)
    view.focus()
  }
  return [
    { name: words.heading, icon: 'M5 4v12M15 4v12M5 10h10', keys: `${mod}${alt}2`, act: run(nextHeading) },
    { name: words.bold, icon: 'M6 4h5a3 3 0 0 1 0 6H6zm0 6h6a3 3 0 0 1 0 6H6z', keys: `${mod}B`, act: run(bold) },
    { name: words.italic, icon: 'M9 4h6M5 16h6M12 4 8 16', keys: `${mod}I`, act: run(italic) },
    {
      name: words.link,
      icon: 'M8.5 11.5a3 3 0 0 0 4.2 0l2.6-2.6a3 3 0 0 0-4.2-4.2L10 5.8M11.5 8.5a3 3 0 0 0-4.2 0l-2.6 2.6a3 3 0 0 0 4.2 4.2l1.1-1.1',
      keys: `${mod}K`,
      act: run(link),
    },
    {
      name: words.list,
      icon: 'M8 5h9M8 10h9M8 15h9M4 5h.01M4 10h.01M4 15h.01',
      keys: `${mod}${shift}8`,
      act: run(bulletList),
    },
    {
      name: words.numberedList,
      icon: 'M9 5h8M9 10h8M9 15h8M3.5 3.5 5 3v4M3.5 13h2l-2 3.5h2',
      keys: `${mod}${shift}7`,
      act: run(numberedList),
    },
    { name: words.quote, icon: 'M4 5v10M8 6h9M8 10h9M8 14h6', keys: `${mod}${shift}9`, act: run(quote) },
    { name: words.code, icon: 'M7 6l-4 4 4 4M13 6l4 4-4 4', keys: `${mod}E`, act: run(code) },
  ]
}

function iconOf(path: string): SVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(space, 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

export function makeKeysDialog(): HTMLDialogElement {
  const keys: [string, string][] = [
    [`${mod}B`, words.bold],
    [`${mod}I`, words.italic],
    [`${mod}K`, words.link],
    [`${mod}E`, words.code],
    [`${mod}${alt}1, 2, 3`, words.keysHeadings],
    [`${mod}${shift}7, 8, 9`, words.keysLists],
    ['/', words.keysSlash],
    [keysOf.save, words.keysSave],
    [`${mod}${words.enter}`, words.keysReload],
    [keysOf.preview, words.preview],
    [keysOf.focus, words.keysFocus],
    [keysOf.keys, words.keysList],
    [words.tab, words.keysTab],
  ]
  const list = make('dl')
  for (const [key, does] of keys) list.append(make('dt', {}, make('kbd', {}, key)), make('dd', {}, does))
  const close = make('form', { method: 'dialog' }, make('button', { class: 'second' }, words.close))
  const dialog = make('dialog', { class: 'keys', 'aria-labelledby': 'keys-heading' })
  dialog.append(make('h2', { id: 'keys-heading' }, words.keys), list, close)
  return dialog
}
