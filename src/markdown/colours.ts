/** A page as it is before its code is coloured: whether there was time for colours says nothing about the text. */
export function withoutColours(html: string): string {
  return html.replace(/<span class="hl-[a-z]+">([^<]*)<\/span>/g, '$1')
}
