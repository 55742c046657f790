// XML 1.0 as text. What comes in is escaped; what comes out of element() is not escaped again.

export type Xml = { xml: string }
type Child = Xml | string | undefined | false

/** A child that is text is escaped; one that is absent, or says nothing, is left out. */
export function element(name: string, attributes: Record<string, string | undefined>, ...children: Child[]): Xml {
  const given = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${escape(value)}"`))
    .join('')
  const inner = children.map((child) => (!child ? '' : typeof child === 'string' ? escape(child) : child.xml)).join('')
  return { xml: inner === '' ? `<${name}${given}/>` : `<${name}${given}>${inner}</${name}>` }
}

export function document(root: Xml): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${root.xml}\n`
}

/** What XML 1.0 cannot hold, escaped or not, is left out: https://www.w3.org/TR/xml/#charsets. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"\r]/g, (character) => references[character] ?? '')
}

// A bare carriage return would come back as a line feed.
const references: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' }
