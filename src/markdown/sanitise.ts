// The one place that decides which markup a reader's browser may see.
import sanitizeHtml, { type Attributes, type IOptions, type Tag } from 'sanitize-html'
import { asPicture } from './library-pictures.ts'
import type { Picture } from './surroundings.ts'

/**
 * Repeated until nothing changes: where an element was dropped, a parser can see its neighbours in another light. What
 * never comes to rest is shown as text.
 */
export function sanitise(html: string, pictures: Map<string, Picture> = new Map()): string {
  return untilAtRest(html, () => rulesForOne(pictures))
}

/** What readers write may do far less than what writers do, and no link of it speaks for the blog. */
export function sanitiseComment(html: string): string {
  return untilAtRest(html, () => commentRules)
}

function untilAtRest(html: string, rules: () => IOptions): string {
  let before = html
  for (let round = 0; round < mostRounds; round++) {
    const clean = sanitizeHtml(before, rules())
    if (clean === before) return clean
    before = clean
  }
  return sanitizeHtml(before, { allowedTags: [], allowedAttributes: {} })
}

const mostRounds = 6

const headingId = /^h-[\p{Letter}\p{Mark}\p{Number}-]{1,100}$/u

const text =
  'h1 h2 h3 h4 h5 h6 p blockquote ul ol li dl dt dd hr pre figure figcaption table thead tbody tfoot tr th td caption'
const inline =
  'a abbr b bdi bdo br cite code del dfn em i img input ins kbd mark q s samp small span strong sub sup time u var wbr'
const blocks = 'div section details summary nav'
const mathematics =
  'math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover'

/** What KaTeX writes and a browser's MathML Core understands; the theme reads some of the rest. */
const mathAttributes: Record<string, string[]> = {
  math: ['display'],
  menclose: ['notation'],
  mfrac: ['linethickness'],
  mi: ['mathvariant'],
  mo: ['fence', 'largeop', 'lspace', 'maxsize', 'minsize', 'rspace', 'separator', 'stretchy'],
  mover: ['accent'],
  mpadded: ['depth', 'height', 'lspace', 'mathbackground', 'voffset', 'width'],
  mspace: ['height', 'mathbackground', 'width'],
  mstyle: ['displaystyle', 'mathbackground', 'mathcolor', 'mathsize', 'scriptlevel'],
  mtable: ['columnalign', 'columnlines', 'columnspacing', 'rowlines', 'rowspacing'],
  munder: ['accentunder'],
}

const cellClasses = ['to-left', 'to-center', 'to-right']

const rules: IOptions = {
  allowedTags: `${text} ${inline} ${blocks} ${mathematics}`.split(' '),
  allowedAttributes: {
    '*': ['lang', 'dir', 'title', 'id', 'class'],
    a: ['href', 'aria-hidden', 'tabindex'],
    div: ['tabindex'],
    nav: ['aria-label'],
    abbr: ['title'],
    blockquote: ['cite'],
    del: ['datetime'],
    details: ['open'],
    img: ['src', 'alt', 'width', 'height', 'loading', 'decoding', 'srcset', 'sizes'],
    input: ['type', 'checked', 'disabled', 'aria-label'],
    ins: ['datetime'],
    li: ['value'],
    ol: ['start', 'reversed'],
    pre: ['tabindex'],
    q: ['cite'],
    table: ['tabindex'],
    section: ['aria-label'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan', 'scope'],
    time: ['datetime'],
    ...mathAttributes,
  },
  allowedClasses: {
    // The theme's own would let a text pass for a part of the page.
    '*': [],
    li: ['task', 'footnote-item'],
    sup: ['footnote-ref'],
    section: ['footnotes'],
    td: cellClasses,
    th: cellClasses,
    ol: ['footnotes-list'],
    hr: ['footnotes-sep'],
    div: ['card', 'math'],
    nav: ['toc'],
    a: ['footnote-backref', 'anchor'],
    span: 'comment keyword string constant function parameter link inserted deleted changed'
      .split(' ')
      .map((name) => `hl-${name}`),
    img: [/^tone-[abcd]\d{1,2}$/],
    code: [/^language-[a-z0-9+#-]{1,30}$/],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['http', 'https'] },
  allowedSchemesAppliedToAttributes: ['href', 'src', 'cite'],
  allowProtocolRelative: false,
  nestingLimit: 100,
  exclusiveFilter: ({ tag, attribs }) => tag === 'input' && attribs.type !== 'checkbox',
  transformTags: {
    a: asAnchor,
    div: asDivision,
    nav: asContents,
    section: asSection,
    td: asCell,
    th: asCell,
    ...Object.fromEntries(mathematics.split(' ').map((name) => [name, withoutLargeSizes])),
    // The page has one first-level heading, its title.
    h1: 'h2',
    // Long lines and wide tables scroll, also from the keyboard.
    pre: (_, attribs) => ({ tagName: 'pre', attribs: { ...attribs, tabindex: '0' } }),
    table: (_, attribs) => ({ tagName: 'table', attribs: { ...attribs, tabindex: '0' } }),
    input: (_, attribs) => ({ tagName: 'input', attribs: { ...attribs, disabled: '' } }),
  },
}

const commentRules: IOptions = {
  allowedTags: 'p br em strong s code pre ul ol li blockquote a'.split(' '),
  allowedAttributes: { a: ['href', 'title', 'rel'], ol: ['start'], pre: ['tabindex'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: false,
  nestingLimit: 100,
  transformTags: {
    a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: 'nofollow ugc' } }),
    pre: (tagName) => ({ tagName, attribs: { tabindex: '0' } }),
  },
}

/** An id stands once in a text: the rules remember those they have seen. */
function rulesForOne(pictures: Map<string, Picture>): IOptions {
  const seen = new Set<string>()
  const withoutForeignId = (tagName: string, attribs: Attributes): Tag => {
    if (attribs.id === undefined) return { tagName, attribs }
    if (isOwnId(tagName, attribs.id) && !seen.has(attribs.id)) {
      seen.add(attribs.id)
      return { tagName, attribs }
    }
    const { id: _, ...rest } = attribs
    return { tagName, attribs: rest }
  }
  const img = (_: string, attribs: Attributes): Tag => {
    const picture = asPicture(attribs, pictures)
    return { tagName: 'img', attribs: { ...picture, alt: picture.alt ?? '', loading: 'lazy', decoding: 'async' } }
  }
  return { ...rules, transformTags: { ...rules.transformTags, img, '*': withoutForeignId } }
}

/** An id from outside could stand in for one of the page's own. */
function isOwnId(tagName: string, id: string): boolean {
  return /^fn(?:ref)?\d+(?::\d+)?$/.test(id) || (/^h[1-6]$/.test(tagName) && headingId.test(id))
}

/** A link is hidden from screen readers and keyboard only as heading-anchors.ts makes it. */
function asAnchor(tagName: string, { 'aria-hidden': _, tabindex: __, ...attribs }: Attributes): Tag {
  if (!attribs.class?.split(/\s/).includes('anchor')) return { tagName, attribs }
  const isAnchor = attribs.href?.startsWith('#') && headingId.test(attribs.href.slice(1))
  if (!isAnchor) return { tagName, attribs: { ...attribs, class: '' } }
  return { tagName, attribs: { class: 'anchor', href: String(attribs.href), 'aria-hidden': 'true', tabindex: '-1' } }
}

/** Wide formulas scroll, also from the keyboard. */
function asDivision(tagName: string, { tabindex: _, ...attribs }: Attributes): Tag {
  return { tagName, attribs: attribs.class === 'math' ? { class: 'math', tabindex: '0' } : attribs }
}

/** The one navigation within a text is its contents. */
function asContents(tagName: string, attribs: Attributes): Tag {
  if (attribs.class !== 'toc') return { tagName: 'div', attribs }
  return { tagName, attribs: { class: 'toc', 'aria-label': 'Contents' } }
}

/** The notes are named, since they have no heading. */
function asSection(tagName: string, { 'aria-label': _, ...attribs }: Attributes): Tag {
  return { tagName, attribs: attribs.class === 'footnotes' ? { ...attribs, 'aria-label': 'Footnotes' } : attribs }
}

/** HTML has no attribute for the side any more. */
function asCell(tagName: string, { align, ...attribs }: Attributes): Tag {
  const wanted = `to-${align?.toLowerCase()}`
  return { tagName, attribs: cellClasses.includes(wanted) ? { ...attribs, class: wanted } : attribs }
}

/** A space backwards or a letter many lines up would draw a text over the page around it. */
function withoutLargeSizes(tagName: string, attribs: Attributes): Tag {
  const kept = Object.entries(attribs).filter(([name, value]) => {
    const most = ['voffset', 'lspace', 'rspace'].includes(name) ? 4 : 25
    const [, number, unit] = /^([+-]?[\d.]*)([a-z%]*)$/.exec(value) ?? []
    const size = Number(number) / (unit === 'pt' || unit === 'px' ? 10 : unit === '%' ? 100 : 1)
    return !sizes.has(name) || (number !== undefined && size <= most && size >= -2)
  })
  return { tagName, attribs: Object.fromEntries(kept) }
}

const sizes = new Set('depth height linethickness lspace mathsize maxsize minsize rspace voffset width'.split(' '))
