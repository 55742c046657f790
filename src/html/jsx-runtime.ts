// JSX that is HTML text at once: no tree, no diff, no package (docs/decisions/0002).
// Everything is escaped; the only way past is trustedHtml().
import type { JSX as Preact } from 'preact'
import { showableMarkup } from './showable.ts'

type Content = Html | string | number | boolean | null | undefined | Content[]
type Props = { children?: Content; [attribute: string]: unknown }
type Component = (props: Props) => Html

/** Markup that is ready to send. Made by JSX and by trustedHtml() alone. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

export function jsx(type: string | Component, props: Props): Html {
  if (typeof type === 'function') return type(props)
  let opening = `<${type}`
  for (const name in props) {
    if (name !== 'children') opening += attribute(name, props[name])
  }
  if (voidElements.has(type)) return new Html(`${opening}>`)
  return new Html(`${opening}>${content(props.children)}</${type}>`)
}

export const jsxs = jsx

export function Fragment({ children }: Props): Html {
  return new Html(content(children))
}

/**
 * Admits markup as it is. For columns named `*_html`, which only `markdown/` writes.
 */
export function trustedHtml(markup: string): Html {
  // Older texts, and those of an import, have what forms leave out by now.
  return new Html(showableMarkup(markup))
}

export function escape(text: string): string {
  if (!special.test(text)) return text
  return showableMarkup(text).replace(everySpecial, (character) => entities[character] as string)
}

function content(value: unknown): string {
  if (typeof value === 'string') return escape(value)
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) {
    let text = ''
    for (const item of value) text += content(item)
    return text
  }
  if (typeof value === 'number') return String(value)
  if (value === null || value === undefined || typeof value === 'boolean') return ''
  throw new TypeError(`A view cannot show a ${typeof value}.`)
}

function attribute(name: string, value: unknown): string {
  if (value === null || value === undefined || value === false) return ''
  if (!known.has(name)) learn(name)
  if (value === true) return ` ${name}`
  if (typeof value === 'string') return ` ${name}="${escape(value)}"`
  if (typeof value === 'number') return ` ${name}="${value}"`
  throw new TypeError(`The attribute "${name}" cannot hold a ${typeof value}.`)
}

/** Each name that a view writes is looked at once. */
function learn(name: string): void {
  if (!allowedName.test(name)) throw new TypeError(`"${name}" is not an attribute a view may write.`)
  if (known.size < mostKnown) known.add(name)
}

const known = new Set<string>()
const mostKnown = 500

// What stands for something in markup, and what HTML has no place for: one look for both.
// oxlint-disable-next-line no-control-regex
const special = /[&<>"'\x01-\x08\x0B\x0E-\x1F\x7F-\x9F\uDFFE\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/
const everySpecial = /[&<>"']/g
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
// Handlers and inline styles would not pass the content policy, so they are refused where they are written.
const allowedName = /^(?!on|style$)[a-z][a-zA-Z]*(?:[-:][a-z]+)*$/
const voidElements = new Set('area base br col embed hr img input link meta source track wbr'.split(' '))

export declare namespace JSX {
  type Element = Html
  type ElementType = string | ((props: never) => Html)
  type IntrinsicElements = Preact.IntrinsicElements
  interface ElementChildrenAttribute {
    children: unknown
  }
}
