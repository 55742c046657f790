import { Html } from './jsx-runtime.ts'
import { showableMarkup } from './showable.ts'

/** A stylesheet in the page; its door names the hash in the content policy. CSS has no need of a "<" as such. */
export function InlineStyle({ css }: { css: string }): Html {
  if (css.includes('<')) throw new TypeError('A stylesheet must not hold a "<".')
  return new Html(`<style>${showableMarkup(css)}</style>`)
}
