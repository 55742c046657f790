// For scripts, which get texts with numbers in them without ICU: one text for each plural, in which they fill in the number.
import { languages } from './texts.ts'

/** The language of the texts on a blog of this language, and so that of their plurals, which may be English. */
export function spokenFor(site: string): string {
  const known = languages()
  return [site, site.split('-')[0] ?? ''].find((name) => known.includes(name)) ?? 'en'
}

/** One text for nought, and one for each plural that the language has among small numbers. `#` stands for the number. */
export function formsOf(say: (count: number) => string, language: string): Record<string, string> {
  const rules = new Intl.PluralRules(language)
  const forms: Record<string, string> = { '0': say(0) }
  for (let count = 1; count <= 30; count++) {
    forms[rules.select(count)] ??= say(count).replace(String(count), '#')
  }
  return forms
}
