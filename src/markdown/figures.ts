import type { MarkdownIt } from 'markdown-it'

/** A paragraph that is one image with a title becomes a figure, with the title as its caption. */
export function figures(parser: MarkdownIt): void {
  parser.core.ruler.push('figures', (state) => {
    state.tokens.forEach((open, index) => {
      const line = state.tokens[index + 1]
      const close = state.tokens[index + 2]
      const [image, ...others] = line?.children ?? []
      const title = String(image?.attrGet('title') ?? '')
      // The paragraphs of a tight list are hidden: there the image belongs to the words of its item.
      if (open.type !== 'paragraph_open' || open.hidden || !close || image?.type !== 'image') return
      if (others.length > 0 || !title.trim()) return
      open.type = 'figure_open'
      close.type = 'figure_close'
      open.tag = close.tag = 'figure'
      image.attrs = (image.attrs ?? []).filter(([name]) => name !== 'title')
      const caption = new state.Token('html_inline', '', 0)
      caption.content = `<figcaption>${parser.utils.escapeHtml(title)}</figcaption>`
      line?.children?.push(caption)
    })
  })
}
