// The form as the server knows it: whatever fields it has.
import type { Fields } from './local-copies.ts'

// They say which text is meant, and are none of it.
const marks = new Set(['version', 'submission_key', 'draft', 'publish'])

export function fieldsOf(form: HTMLFormElement): Fields {
  return [...new FormData(form)].filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

/** One text for all that was written, to tell whether anything is different. */
export function writtenIn(fields: Fields): string {
  return new URLSearchParams(
    fields.filter(([name]) => !marks.has(name)).map(([name, value]) => [name, lines(value)]),
  ).toString()
}

export function valueOf(fields: Fields, name: string): string {
  return lines(fields.find((field) => field[0] === name)?.[1] ?? '')
}

export function isBlank(fields: Fields): boolean {
  return `${valueOf(fields, 'title')}${valueOf(fields, 'body')}`.trim() === ''
}

/** The hidden field of that name, made where the form has none. */
export function setHidden(form: HTMLFormElement, name: string, value: string): void {
  let input = form.querySelector<HTMLInputElement>(`input[type=hidden][name="${name}"]`)
  if (!input) {
    input = make('input', { type: 'hidden', name })
    form.append(input)
  }
  input.value = value
}

/** Leaves the page with these fields, as a form of the page would. */
export function submitTo(action: string, fields: Fields): void {
  const form = make('form', { method: 'post', action })
  for (const [name, value] of fields) {
    const area = make('textarea', { name })
    area.value = value
    form.append(area)
  }
  form.hidden = true
  document.body.append(form)
  form.submit()
}

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

/** A form's line breaks are one character here. */
export function lines(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}
