const known = new Map<string, 'ltr' | 'rtl'>()
const mostKept = 500

/** Which way a language is written; from left to right where that is not known. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  let direction = known.get(language)
  if (direction === undefined) {
    direction = look(language)
    if (known.size >= mostKept) known.clear()
    known.set(language, direction)
  }
  return direction
}

/** What an element says whose text is in the language; nothing where it is that of the page around. */
export function inLanguage(language: string): { lang?: string; dir?: 'ltr' | 'rtl' } {
  return language === '' ? {} : { lang: language, dir: directionOf(language) }
}

function look(language: string): 'ltr' | 'rtl' {
  try {
    return new Intl.Locale(language).getTextInfo().direction === 'rtl' ? 'rtl' : 'ltr'
  } catch {
    return 'ltr'
  }
}
