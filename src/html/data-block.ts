import { Html } from './jsx-runtime.ts'
import { showableMarkup } from './showable.ts'

/** JSON-LD: https://www.w3.org/TR/json-ld11/#restrictions-for-contents-of-json-ld-script-elements. Nothing runs. */
export function dataBlock(value: object): Html {
  // A title with `</script>` or `<!--` in it would end the element, or hide its end.
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, asEscape)
  return new Html(`<script type="application/ld+json">${showableMarkup(json)}</script>`)
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
