// A formula in TeX to MathML, which browsers draw by themselves: no font, no style, no script (decision 0019). What
// browsers leave out of MathML is brought into a form that they know.
import { load, once } from '../once.ts'
import { inVariant } from './math-letters.ts'

const longestFormula = 2000

/** In one text, in characters. Beyond it formulas are shown as they were written. */
export const longestFormulas = 30_000

/** The same of what they become: what is written in 30,000 characters seldom becomes more than 300,000. */
export const longestMathMl = 500_000

// Loaded by the first formula: who writes none never has it in memory.
const katex = once(() => load('katex') as typeof import('katex'))

/** Undefined for what is no formula, and for one that is too long. */
export function formulaToMathMl(tex: string, isBlock: boolean): string | undefined {
  if (tex.length > longestFormula || defines(tex)) return undefined
  try {
    return adapted(
      katex().renderToString(tex, {
        output: 'mathml',
        displayMode: isBlock,
        trust: false,
        strict: 'ignore',
        maxExpand: 500,
        maxSize: 20,
        throwOnError: true,
      }),
    )
  } catch {
    // A mistake in the formula, or brackets nested until the stack is full.
    return undefined
  }
}

/** A name of one's own can stand for a thousand others. Without them a formula is about as long as it is written. */
function defines(tex: string): boolean {
  return Array.from(tex.matchAll(/\\(?:[a-z@]+|[^])/gi), ([word]) => word).some((word) => definitions.has(word))
}

const definitions = new Set(
  'def gdef edef xdef let futurelet newcommand renewcommand providecommand global long'
    .split(' ')
    .map((name) => `\\${name}`),
)

function adapted(markup: string): string {
  const from = markup.indexOf('<semantics>')
  const to = markup.lastIndexOf('<annotation')
  const display = markup.slice(0, from).includes(' display="block"') ? ' display="block"' : ''
  const inside = markup
    .slice(from + '<semantics>'.length, to)
    .replace(/<(m[a-z]+)((?: [a-z]+="[^"]*")*)\/>/g, '<$1$2></$1>')
    .replace(/<(m[ino]|mtext) mathvariant="([a-z-]+)"((?: [a-z]+="[^"]*")*)>([^<]*)<\/\1>/g, withVariant)
  return `<math${display}>${inside}</math>`
}

/** Browsers know no other variant than `normal`; Unicode has letters for most, and HTML elements for words. */
function withVariant(markup: string, name: string, variant: string, attributes: string, text: string): string {
  if (variant === 'normal') return markup
  const element = name === 'mtext' && { bold: 'b', italic: 'i', monospace: 'code' }[variant]
  const words = element ? `<${element}>${text}</${element}>` : inVariant(text, variant)
  return `<${name}${attributes}>${words}</${name}>`
}
