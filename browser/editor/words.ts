// What the editor says, as the page brings it.
import type { EditorWords } from '../../src/editor/words.ts'

const form = document.querySelector<HTMLFormElement>('form[data-editor]')

export const words = JSON.parse(form?.dataset.words ?? '{}') as EditorWords

/** With the values in the places that are named after them. */
export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}

/** In the plural that the language has for the number. */
export function counted(forms: Record<string, string>, count: number): string {
  const form = count === 0 ? '0' : new Intl.PluralRules(words.language).select(count)
  return (forms[form] ?? forms.other ?? '').replace('#', count.toLocaleString(words.language))
}
