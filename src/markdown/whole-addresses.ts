/**
 * Sanitised HTML for where it is read apart from its page: addresses of this blog become whole ones. The sanitiser writes
 * attributes between double quotes and "<" nowhere but at a tag, so tags are found by their marks.
 */
export function withWholeAddresses(html: string, origin: string, page: string): string {
  return html.replace(/<[a-z][^>]*>/g, (tag) =>
    tag
      .replace(/ (href|src|cite)="\/(?!\/)/g, ` $1="${origin}/`)
      .replace(/ (href|cite)="(?=#)/g, ` $1="${page}`)
      .replace(/ srcset="([^"]*)"/g, (_, set: string) => ` srcset="${set.replace(/(^|, )\/(?!\/)/g, `$1${origin}/`)}"`),
  )
}
