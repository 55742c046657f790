const longest = 80

/** The last part of an address, made from a title or a name: letters and digits of any script, joined by hyphens. */
export function slugOf(text: string, fallback: string): string {
  const words = withoutAccents(text)
    .toLowerCase()
    .replace(/['’]/gu, '')
    .replace(/[^\p{Letter}\p{Mark}\p{Number}]+/gu, '-')
    .replace(/^[-\p{Mark}]+/u, '')
  const cut = (words.length <= longest ? words : Array.from(words).slice(0, longest).join('')).replace(/-+$/u, '')
  return cut || fallback
}

/** Accents go, other scripts' letters stay as they are; Thai and Lao am, which Unicode would take apart, is one. */
function withoutAccents(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  return text
    .replace(/[^\u0e33\u0eb3]+/g, (part) => part.normalize('NFKC'))
    .replace(/\p{Script=Latin}\p{Mark}*/gu, (letter) => letter.normalize('NFKD').replace(/\p{Mark}+/gu, ''))
}

/**
 * Tries addresses until one is free: the plain one, then numbers 2 to 5, then random letters. `insert` answers
 * undefined when the address is taken.
 */
export async function claimSlug<T>(base: string, insert: (slug: string) => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    const ending = attempt === 1 ? '' : attempt <= 5 ? `-${attempt}` : `-${Math.random().toString(36).slice(2, 8)}`
    const row = await insert(base + ending)
    if (row) return row
  }
  throw new Error(`No address is free for "${base}".`)
}
