// The letters of mathematics that Unicode has: where each alphabet begins, and those that lie elsewhere.

type Alphabet = { capital: number; small: number; digit?: number; elsewhere?: string }

const alphabets: Record<string, Alphabet> = {
  bold: { capital: 0x1d400, small: 0x1d41a, digit: 0x1d7ce },
  italic: { capital: 0x1d434, small: 0x1d44e, elsewhere: 'hℎ' },
  'bold-italic': { capital: 0x1d468, small: 0x1d482 },
  script: { capital: 0x1d49c, small: 0x1d4b6, elsewhere: 'BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ' },
  'bold-script': { capital: 0x1d4d0, small: 0x1d4ea },
  fraktur: { capital: 0x1d504, small: 0x1d51e, elsewhere: 'CℭHℌIℑRℜZℨ' },
  'bold-fraktur': { capital: 0x1d56c, small: 0x1d586 },
  'double-struck': { capital: 0x1d538, small: 0x1d552, digit: 0x1d7d8, elsewhere: 'CℂHℍNℕPℙQℚRℝZℤ' },
  'sans-serif': { capital: 0x1d5a0, small: 0x1d5ba, digit: 0x1d7e2 },
  'bold-sans-serif': { capital: 0x1d5d4, small: 0x1d5ee, digit: 0x1d7ec },
  'sans-serif-italic': { capital: 0x1d608, small: 0x1d622 },
  'sans-serif-bold-italic': { capital: 0x1d63c, small: 0x1d656 },
  monospace: { capital: 0x1d670, small: 0x1d68a, digit: 0x1d7f6 },
}

/** Of markup: what begins with `&` stays. Other characters than Latin letters and digits stay too. */
export function inVariant(markup: string, variant: string): string {
  const alphabet = alphabets[variant]
  if (!alphabet) return markup
  return markup.replace(/&[^;]*;|[A-Za-z0-9]/g, (character) =>
    character.length > 1 ? character : letterIn(alphabet, character),
  )
}

function letterIn({ capital, small, digit, elsewhere = '' }: Alphabet, letter: string): string {
  const place = elsewhere.indexOf(letter)
  if (place >= 0) return elsewhere.charAt(place + 1)
  const [first, base] = letter >= 'a' ? ['a', small] : letter >= 'A' ? ['A', capital] : ['0', digit]
  return base === undefined ? letter : String.fromCodePoint(base + letter.charCodeAt(0) - first.charCodeAt(0))
}
