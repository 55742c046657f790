// What the script of live comments says, in the language of the blog: it has no catalogue of its own.
import { languages, text } from '../texts/texts.ts'

/** Everything that it says, for an attribute. `#` stands for the number. */
export function wordsFor(site: string): string {
  const known = languages()
  // The plurals are those of the texts, which may be English.
  const language = [site, site.split('-')[0] ?? ''].find((name) => known.includes(name)) ?? 'en'
  return JSON.stringify({
    language,
    fresh: formsOf((count) => text('live.fresh', { count }), language),
    said: formsOf((count) => text('live.said', { count }), language),
    count: formsOf((count) => text('comments.headingWithCount', { count }), language),
    changed: text('live.changed'),
    lost: text('live.lost'),
  })
}

/** One text for nought, and one for each plural that the language has among small numbers. */
function formsOf(say: (count: number) => string, language: string): Record<string, string> {
  const rules = new Intl.PluralRules(language)
  const forms: Record<string, string> = { '0': say(0) }
  for (let count = 1; count <= 30; count++) {
    forms[rules.select(count)] ??= say(count).replace(String(count), '#')
  }
  return forms
}
