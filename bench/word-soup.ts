// Texts that mean nothing and weigh what real ones do: words of a Zipf-like vocabulary, put together as bytes.
import type { Chance } from '../test/legacy/random-values.ts'

export type Soup = {
  /** Of so many bytes, or a few more. The bytes are only good until the next text or title. */
  text: (bytes: number) => Uint8Array
  title: () => Uint8Array
  name: () => string
}

const vocabularySize = 20_000
/** How many words are about as frequent as the first. */
const flatness = 20
const phraseCount = 40_000
/** The part of the texts with letters from all over the world. */
const worldly = 0.12
const mostBytes = 64_000

const worldWords =
  'é à naïve Straße Ångström crème façade e\u0301 o\u0308 n\u0303 Ωμέγα слово Привет 測試 文章 日本語 テスト 한국어 글 שלום مرحبا ' +
  '🚀 👍 👩‍👩‍👧 🇩🇪 ❤️ 🏳️‍🌈'
const separators = [' ', ' ', ' ', ' ', ' ', ', ', ', ', '. ', '. ', '; ', '.\r\n', '.\r\n\r\n', '\t', ' \\ ', '\r\n- ']

/** Takes the chance it is given, so the order of calls is part of what comes out. */
export function cookSoup(chance: Chance): Soup {
  const vocabulary = Array.from({ length: vocabularySize }, () => newWord(chance))
  const world = worldWords.split(' ')
  const wordOf = () => zipf(chance, vocabulary)
  // Phrases instead of words make a text of 2 kB from fifty copies instead of four hundred.
  const plain = Array.from({ length: phraseCount }, () => phrase(chance, wordOf))
  const mixed = Array.from({ length: phraseCount / 10 }, () => {
    return phrase(chance, () => (chance.happens(0.4) ? chance.pick(world) : wordOf()))
  })
  const scratch = Buffer.alloc(mostBytes)

  const text = (bytes: number): Uint8Array => {
    const isWorldly = chance.happens(worldly)
    let length = 0
    // One of them at least, for a text so short that chance would leave them out.
    if (isWorldly) length = put(scratch, chance.pick(mixed), length)
    while (length < bytes) length = put(scratch, chance.pick(isWorldly && chance.happens(0.3) ? mixed : plain), length)
    // Only where no character is cut in two.
    return scratch.subarray(0, isWorldly ? length : bytes)
  }
  return {
    text,
    // A copy: a title is held while the text of its post is made.
    title: () => Uint8Array.from(text(20 + chance.below(50))),
    name: () => {
      const word = chance.happens(worldly) ? chance.pick(['Zoë', 'Müller', '李', 'Øystein', 'Nuñez']) : newWord(chance)
      return word.slice(0, 1).toUpperCase() + word.slice(1)
    },
  }
}

/** Bytes with this mean; most are shorter and a few are very long. */
export function logNormal(
  chance: Chance,
  { mean, sigma, most }: { mean: number; sigma: number; most: number },
): number {
  const normal = Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next())
  const bytes = Math.round(Math.exp(Math.log(mean) - sigma ** 2 / 2 + sigma * normal))
  return Math.min(most, Math.max(1, bytes))
}

/** Letters without rules: with syllables in them the texts would shrink by a third when PostgreSQL compresses them. */
function newWord(chance: Chance): string {
  const letters = Array.from({ length: 2 + chance.below(9) }, () => String.fromCharCode(97 + chance.below(26)))
  return letters.join('')
}

/** The first words of the list often, the last ones hardly ever. */
function zipf(chance: Chance, vocabulary: string[]): string {
  const rank = flatness * ((vocabulary.length / flatness + 1) ** chance.next() - 1)
  return vocabulary[Math.floor(rank)] ?? ''
}

function phrase(chance: Chance, wordOf: () => string): Buffer {
  const words = Array.from({ length: 3 + chance.below(8) }, wordOf)
  return Buffer.from(words.join(' ') + chance.pick(separators))
}

function put(into: Buffer, bytes: Buffer, at: number): number {
  into.set(bytes, at)
  return at + bytes.length
}
