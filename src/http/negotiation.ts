// Which form of a page a visitor takes, and whether they have it already.

export type Form = 'plain' | 'gzip' | 'br'

const takesBrotli = coding('br')
const takesGzip = coding('gzip')

/** Named, and not only to say no to it. */
function coding(name: string): RegExp {
  return new RegExp(`(?:^|[\\s,])${name}(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:[,;]|$))\\s*(?:[,;]|$)`, 'i')
}

/** Best first. Browsers send one of a few headers, which are read once each. */
export function formsTaken(accepted: string | undefined): readonly Form[] {
  if (accepted === undefined) return plainAlone
  const known = read.get(accepted)
  if (known) return known
  const forms = formsIn(accepted)
  if (read.size >= mostRead) read.clear()
  if (accepted.length <= longestRead) read.set(accepted, forms)
  return forms
}

const plainAlone: readonly Form[] = ['plain']
const read = new Map<string, readonly Form[]>()
const longestRead = 100
const mostRead = 100

function formsIn(accepted: string): Form[] {
  return [
    ...(takesBrotli.test(accepted) ? (['br'] as const) : []),
    ...(takesGzip.test(accepted) ? (['gzip'] as const) : []),
    'plain',
  ]
}

/** Strong: what is sent in another form has other bytes. */
export function tagOf(hash: string, form: Form): string {
  return form === 'plain' ? `"${hash}"` : `"${hash}.${form}"`
}

/** Of the tags that the visitor names, the one that is a form of this page. RFC 9110, 13.1.2: compared weakly. */
export function tagKnown(named: string, hash: string, sent: Form): string | undefined {
  const current = tagOf(hash, sent)
  if (named === current || named.trim() === '*') return current
  if (!named.includes(hash)) return undefined
  const forms = new Set<Form>([sent, 'plain', 'gzip', 'br'])
  return [...forms].map((form) => tagOf(hash, form)).find((tag) => named.includes(tag))
}
