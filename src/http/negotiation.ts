// Which form of a page a visitor takes, and whether they have it already.

export type Form = 'plain' | 'gzip' | 'br'

const takesBrotli = coding('br')
const takesGzip = coding('gzip')

/** Named, and not only to say no to it. */
function coding(name: string): RegExp {
  return new RegExp(`(?:^|[\\s,])${name}(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:,|$))\\s*(?:[,;]|$)`)
}

/** Best first. */
export function formsTaken(accepted: string | undefined): Form[] {
  if (accepted === undefined) return ['plain']
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
  if (named.trim() === '*') return tagOf(hash, sent)
  if (!named.includes(hash)) return undefined
  const forms = new Set<Form>([sent, 'plain', 'gzip', 'br'])
  return [...forms].map((form) => tagOf(hash, form)).find((tag) => named.includes(tag))
}
