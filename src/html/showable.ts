// What HTML has no place for: https://html.spec.whatwg.org/#preprocessing-the-input-stream.

// Controls that are no white space, but for NUL, which no text here has, and the noncharacters; of those beyond U+FFFF, each half of the pair.
const unshowable =
  // oxlint-disable-next-line no-control-regex
  /(?:[\x01-\x08\x0B\x0E-\x1F\x7F-\x9F\uFDD0-\uFDEF\uFFFE\uFFFF]|[\uD83F\uD87F\uD8BF\uD8FF\uD93F\uD97F\uD9BF\uD9FF\uDA3F\uDA7F\uDABF\uDAFF\uDB3F\uDB7F\uDBBF\uDBFF][\uDFFE\uDFFF])+/g

// One character of any of them: looking for that takes half of the time, and hardly a page has one.
// oxlint-disable-next-line no-control-regex
const suspicious = /[\x01-\x08\x0B\x0E-\x1F\x7F-\x9F\uDFFE\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/

/** A text before anything looks at it, without them. */
export function showable(text: string): string {
  return text.replace(unshowable, '')
}

/**
 * Markup that was looked at already, with a space of no width for them: left out, they would let the two halves of a word
 * come together that was harmless apart, such as `javascript:`.
 */
export function showableMarkup(markup: string): string {
  return suspicious.test(markup) ? markup.replace(unshowable, '\u200B') : markup
}

const directing = /[\u202A-\u202E\u2066-\u2069]/
const overriding = /[\u202A-\u202E]/g

/**
 * For a line that stands among other text, such as a title or a name. Overrides make it look like another, and embeddings
 * left open turn the words after it around: both go; `dir="auto"`, marks and isolates do what right-to-left writing needs.
 * Isolates stay where each is closed.
 */
export function selfContained(line: string): string {
  if (!directing.test(line)) return line
  const letters = line.replace(overriding, '').split('')
  const open: number[] = []
  for (const [at, letter] of letters.entries()) {
    if (letter === '\u2069' && open.pop() === undefined) letters[at] = ''
    else if (letter >= '\u2066' && letter <= '\u2068') open.push(at)
  }
  for (const at of open) letters[at] = ''
  return letters.join('')
}
