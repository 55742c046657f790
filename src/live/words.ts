// What the script of live comments says, in the language of the blog: it has no catalogue of its own.
import { formsOf, spokenFor } from '../texts/forms.ts'
import { text } from '../texts/texts.ts'

/** Everything that it says, for an attribute. `#` stands for the number. */
export function wordsFor(site: string): string {
  const language = spokenFor(site)
  return JSON.stringify({
    language,
    fresh: formsOf((count) => text('live.fresh', { count }), language),
    said: formsOf((count) => text('live.said', { count }), language),
    count: formsOf((count) => text('comments.headingWithCount', { count }), language),
    changed: text('live.changed'),
    lost: text('live.lost'),
  })
}
