type Known = { word: string; folded: string; posts: number }

const letters = Array.from('abcdefghijklmnopqrstuvwxyz')

/** What a word is with one letter left out, exchanged with its neighbour or, in Latin letters, changed or added. */
export function variantsOf(folded: string): string[] {
  const word = Array.from(folded)
  const isLatin = /^[a-z]+$/.test(folded)
  const variants = word.flatMap((letter, at) => {
    const [before, after] = [word.slice(0, at).join(''), word.slice(at + 1)]
    return [
      before + after.join(''),
      before + (after[0] ?? '') + letter + after.slice(1).join(''),
      ...(isLatin
        ? letters.flatMap((other) => [before + other + after.join(''), before + other + letter + after.join('')])
        : []),
    ]
  })
  if (isLatin) variants.push(...letters.map((other) => folded + other))
  return [...new Set(variants)].filter((variant) => variant !== folded && variant.length > 2)
}

/** The known word that needs the fewest letters changed; undefined when this one is known or none is near. */
export function nearest(folded: string, known: Known[]): string | undefined {
  if (known.some((one) => one.folded === folded)) return undefined
  const length = Array.from(folded).length
  const most = length <= 4 ? 1 : length <= 8 ? 2 : 3
  const ranked = known
    .map((one) => ({ ...one, distance: distance(folded, one.folded) }))
    .filter((one) => one.distance <= most)
    .toSorted((a, b) => a.distance - b.distance || b.posts - a.posts)
  return ranked[0]?.word
}

/** Letters to add, leave out, change or exchange with their neighbour. */
function distance(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)]
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  a.forEach((letter, i) => {
    const row = [i + 1]
    b.forEach((wanted, j) => {
      const cost = letter === wanted ? 0 : 1
      let best = Math.min((last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, (last[j] ?? 0) + cost)
      const isExchanged = i > 0 && j > 0 && letter === b[j - 1] && a[i - 1] === wanted
      if (isExchanged) best = Math.min(best, (before[j - 1] ?? 0) + 1)
      row.push(best)
    })
    before = last
    last = row
  })
  return last.at(-1) ?? 0
}
