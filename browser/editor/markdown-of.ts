// Formatted text from the clipboard, as Markdown. What only looks good (colours, fonts, sizes) goes; pictures stay as the
// link they are, those that live in the clipboard alone go.

const formats = 'a[href],b,strong,em,i,del,s,strike,code,pre,h1,h2,h3,h4,h5,h6,ul,ol,blockquote,table,img,hr'
const emphasised =
  '[data-style*="font-weight"],[data-style*="font-style"],[data-style*="line-through"],[data-style*="mso-list"]'

/** False for what is plain text with a wrapping around it, as code editors give. */
export function isFormatted(html: string): boolean {
  const { body } = parse(html)
  if (
    /vscode|font-family:[^;"]*\b(mono|consolas|menlo|courier)/i.test(html) &&
    !body.querySelector('h1,h2,ul,ol,table')
  )
    return false
  return body.querySelector(`${formats},${emphasised}`) !== null || body.querySelectorAll('p').length > 1
}

export function markdownOf(html: string, origin: string): string {
  const { body } = parse(html)
  tidy(body)
  const text = blocks(body, { origin, depth: 0 })
  return text
    .replace(/[ \t]+$/gm, (blanks) => (blanks === '  ' ? blanks : ''))
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

type Place = { origin: string; depth: number }

/** A document takes over the content policy, which forbids styles: they are read here, never applied. */
function parse(html: string): Document {
  const unstyled = html
    .replace(/<style\b[^]*?<\/style>/gi, '')
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, ' data-style='))
  return new DOMParser().parseFromString(unstyled, 'text/html')
}

/** Word's lists are paragraphs, Google's bold is a style, and both bring what nobody sees. */
function tidy(body: HTMLElement): void {
  for (const element of body.querySelectorAll(
    'script,style,meta,link,title,o\\:p,xml,button,svg,[hidden],[aria-hidden="true"]',
  ))
    element.remove()
  for (const element of body.querySelectorAll<HTMLElement>('p[data-style*="mso-list"],p.MsoListParagraph')) {
    const sign = element.textContent?.trim() ?? ''
    const isNumbered = /^\(?[\divxa-z]{1,4}[.)]/i.test(sign)
    const level = Number(/level(\d)/.exec(element.dataset.style ?? '')?.[1] ?? 1)
    for (const span of element.querySelectorAll('[data-style*="mso-list:Ignore"],[data-style*="mso-list: Ignore"]'))
      span.remove()
    const first = element.firstChild
    if (first) first.textContent = (first.textContent ?? '').replace(/^\s*([·•o§-]|\(?[\divxa-z]{1,4}[.)])\s+/i, '')
    const list = body.ownerDocument.createElement(isNumbered ? 'ol' : 'ul')
    list.dataset.level = String(level)
    const item = body.ownerDocument.createElement('li')
    item.append(...element.childNodes)
    const before = element.previousElementSibling
    if (before instanceof HTMLElement && before.dataset.level) {
      const target = level > Number(before.dataset.level) ? before.lastElementChild : before
      if (target === before) target.append(item)
      else {
        const inner = target?.querySelector(':scope > ul, :scope > ol')
        if (inner) inner.append(item)
        else {
          list.append(item)
          target?.append(list)
        }
      }
      element.remove()
    } else {
      list.append(item)
      element.replaceWith(list)
    }
  }
}

function blocks(parent: Node, place: Place): string {
  const found: string[] = []
  let line: Node[] = []
  const flush = () => {
    const text = inline(line, place).trim()
    if (text) found.push(startingSafely(text))
    line = []
  }
  for (const child of parent.childNodes) {
    const text = child instanceof HTMLElement ? block(child, place) : undefined
    if (text === undefined) line.push(child)
    else {
      flush()
      if (text.trim()) found.push(text)
    }
  }
  flush()
  return found.join('\n\n')
}

/** Undefined for what stands in a line. */
function block(element: HTMLElement, place: Place): string | undefined {
  const name = element.localName
  if (/^h[1-6]$/.test(name)) {
    const words = oneLine(inline([...element.childNodes], place)).replace(/^\*\*([^]*)\*\*$/, '$1')
    return words && `${'#'.repeat(Number(name[1]))} ${words}`
  }
  if (name === 'pre') return fence(element)
  if (name === 'blockquote') return blocks(element, place).replace(/^/gm, '> ').replace(/^> $/gm, '>')
  if (name === 'ul' || name === 'ol') return list(element, place)
  if (name === 'table') return table(element, place)
  if (name === 'hr') return '---'
  if (/^(p|div|section|article|main|header|footer|aside|figure|figcaption|dl|dt|dd|address|center|li|nav)$/.test(name))
    return blocks(element, place)
  // Google Docs wraps everything into one <b>.
  if (element.querySelector('p,h1,h2,h3,h4,h5,h6,ul,ol,table,div,blockquote,pre')) return blocks(element, place)
  return undefined
}

function list(element: HTMLElement, place: Place): string {
  const isOrdered = element.localName === 'ol'
  let number = Number(element.getAttribute('start') ?? 1)
  const items: string[] = []
  for (const child of element.children) {
    // Google Docs puts an inner list beside the item it belongs to.
    if (child.localName === 'ul' || child.localName === 'ol') {
      const inner = list(child as HTMLElement, { ...place, depth: place.depth + 1 })
      items.push(inner.replace(/^/gm, isOrdered ? '   ' : '  '))
      continue
    }
    const mark = isOrdered ? `${number++}. ` : '- '
    const box = child.querySelector<HTMLInputElement>(
      ':scope > input[type=checkbox], :scope > label > input[type=checkbox]',
    )
    const task = box ? (box.hasAttribute('checked') ? '[x] ' : '[ ] ') : ''
    const text = blocks(child, { ...place, depth: place.depth + 1 }).replace(/\n\n(?=\s*([-*]|\d+\.) )/g, '\n')
    if (text.trim() === '') continue
    items.push(`${mark}${task}${text.replace(/\n/g, `\n${' '.repeat(mark.length)}`)}`)
  }
  return items.join('\n')
}

function table(element: HTMLElement, place: Place): string {
  const rows = [...element.querySelectorAll('tr')].map((row) =>
    [...row.querySelectorAll(':scope > th, :scope > td')].map((cell) =>
      oneLine(blocks(cell, place)).replaceAll('|', String.raw`\|`),
    ),
  )
  const width = Math.max(0, ...rows.map(({ length }) => length))
  // A table of one column is how a page was laid out.
  if (width < 2) return blocks(element, place) && rows.flat().filter(Boolean).join('\n\n')
  const line = (cells: string[]) => `| ${Array.from({ length: width }, (_, index) => cells[index] ?? '').join(' | ')} |`
  const [head = [], ...rest] = rows
  return [line(head), line(Array<string>(width).fill('---')), ...rest.map(line)].join('\n')
}

function fence(element: HTMLElement): string {
  const text = (element.textContent ?? '').replace(/\n+$/, '')
  const language =
    /\blang(?:uage)?-([\w+#-]+)/.exec(`${element.className} ${element.querySelector('code')?.className}`)?.[1] ?? ''
  const ticks = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return `${ticks}${language}\n${text}\n${ticks}`
}

function inline(nodes: Node[], place: Place): string {
  return (
    nodes
      .map((node) => {
        if (node.nodeType === Node.TEXT_NODE) return escaped((node.textContent ?? '').replace(/[\s\u00a0]+/g, ' '))
        return node instanceof HTMLElement ? inlineOf(node, place) : ''
      })
      .join('')
      .replace(/ {2,}(?!\n)/g, ' ')
      .replace(/ ?(\\\n) ?/g, '$1')
      // Two runs of bold side by side are one.
      .replace(/(?<=\S)\*\*\*\*(?=\S)/g, '')
  )
}

function inlineOf(element: HTMLElement, place: Place): string {
  const name = element.localName
  if (name === 'br') return '\\\n'
  if (name === 'img') return picture(element as HTMLImageElement)
  if (name === 'code' || name === 'kbd' || name === 'samp' || name === 'tt') return ticked(element.textContent ?? '')
  if (name === 'input') return ''
  let text = inline([...element.childNodes], place)
  if (name === 'a') return linkTo(element, text, place)
  const style = element.dataset.style ?? ''
  const weight = /font-weight:\s*(\w+)/.exec(style)?.[1]
  const slope = /font-style:\s*(\w+)/.exec(style)?.[1]
  const isBold = weight ? /^(bold|[6-9]00)/.test(weight) : /^(b|strong)$/.test(name)
  const isItalic = slope ? slope === 'italic' : /^(i|em|cite|dfn)$/.test(name)
  const isGone = /^(del|s|strike)$/.test(name) || /text-decoration[^;]*line-through/.test(style)
  if (isGone) text = wrapped(text, '~~')
  if (isItalic) text = wrapped(text, '*')
  if (isBold) text = wrapped(text, '**')
  return text
}

/** Blanks stay outside the marks, where they do no harm. */
function wrapped(text: string, mark: string): string {
  const [, before = '', words = '', after = ''] = /^(\s*)([^]*?)(\s*)$/.exec(text) ?? []
  return words && !words.includes(`\n\n`) ? `${before}${mark}${words}${mark}${after}` : text
}

function linkTo(element: HTMLElement, text: string, { origin }: Place): string {
  const address = unwrapped(element.getAttribute('href') ?? '')
  const isGood = /^(https?:|mailto:)/.test(address) || (address.startsWith('/') && origin !== '')
  if (!isGood || text.trim() === '') return text
  if (text.trim().startsWith('![')) return text
  const target = /[()\s<>]/.test(address) ? `<${address.replace(/[<>\s]/g, encodeURIComponent)}>` : address
  return text.trim() === escaped(address)
    ? `<${address}>`
    : wrapped(text, '').replace(/^(\s*)([^]*?)(\s*)$/, `$1[$2](${target.replaceAll('$', '$$$$')})$3`)
}

/** Google leads through itself to count. */
function unwrapped(address: string): string {
  const url = URL.parse(address)
  return (
    (url && /(^|\.)google\.[a-z.]+$/.test(url.hostname) && url.pathname === '/url' && url.searchParams.get('q')) ||
    address
  )
}

function picture(image: HTMLImageElement): string {
  const address = image.getAttribute('src') ?? ''
  if (!address.startsWith('https://')) return ''
  // One dot by one is there to count readers.
  if (image.width === 1 || image.height === 1) return ''
  return `![${oneLine(escaped(image.alt))}](${address.replace(/[\s()]/g, encodeURIComponent)})`
}

function ticked(text: string): string {
  const words = text.replace(/\s+/g, ' ')
  if (words.trim() === '') return words
  const ticks = '`'.repeat(Math.max(0, ...[...words.matchAll(/`+/g)].map(([run]) => run.length)) + 1)
  const blank = /^`|`$/.test(words) ? ' ' : ''
  return `${ticks}${blank}${words}${blank}${ticks}`
}

/** What would mean something in the middle of a line. An underscore within a word does not. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*[\]]/g, String.raw`\$&`)
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, String.raw`\_`)
    .replace(/<(?=[a-z/!?])/gi, String.raw`\<`)
}

/** What would mean something at the beginning of one. */
function startingSafely(text: string): string {
  return text
    .replace(/^(#{1,6}(?=\s)|[-+](?=\s)|>|={3,}|~{3,})/gm, String.raw`\$1`)
    .replace(/^(\d+)([.)])(?=\s)/gm, String.raw`$1\$2`)
}

function oneLine(text: string): string {
  return text.replace(/\\\n/g, ' ').replace(/\s+/g, ' ').trim()
}
