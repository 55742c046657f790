// Which way a language is written.
const kept = new Map<string, 'ltr' | 'rtl'>()
const mostKept = 200
// Scripts of ISO 15924 that begin at the right.
const fromTheRight = new Set(
  (
    'Adlm Arab Aran Armi Avst Chrs Cprt Elym Hatr Hebr Hung Khar Lydi Mand Mani Mend Merc Mero Narb Nbat Nkoo Orkh ' +
    'Ougr Palm Phli Phlp Phnx Prti Rohg Samr Sarb Sogd Sogo Syrc Syre Syrj Syrn Thaa Yezi'
  ).split(' '),
)

/** `he` and `ar-EG` come from the right, `az-Arab` too; what is no language is written as English is. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  const known = kept.get(language)
  if (known) return known
  if (kept.size >= mostKept) kept.clear()
  const direction = fromTheRight.has(scriptOf(language)) ? 'rtl' : 'ltr'
  kept.set(language, direction)
  return direction
}

/** For an element in another language than its page: nothing where none is said. */
export function spoken(language: string): { lang?: string; dir?: 'ltr' | 'rtl' } {
  return language ? { lang: language, dir: directionOf(language) } : {}
}

function scriptOf(language: string): string {
  try {
    return new Intl.Locale(language).maximize().script ?? ''
  } catch {
    return ''
  }
}
