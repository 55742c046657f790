/**
 * How likely two samples of one distribution differ in rank as much as these do, both ways: the test of Mann and Whitney (On a
 * Test of Whether one of Two Random Variables is Stochastically Larger than the Other, Annals of Mathematical Statistics 18,
 * 1947, 50–60) by its normal approximation, with the correction for ties and for continuity:
 *
 *     U = R₁ − n₁(n₁+1)/2     σ² = n₁n₂/12 · (n+1 − Σ(t³−t)/(n(n−1)))     z = (|U − n₁n₂/2| − ½)/σ     p = erfc(z/√2)
 *
 * where R₁ is the sum of the ranks of the first sample, n = n₁+n₂, and t is how many values share a rank.
 */
export function rankTest(first: number[], second: number[]): number {
  const all = [
    ...first.map((value) => ({ value, isFirst: true })),
    ...second.map((value) => ({ value, isFirst: false })),
  ]
  all.sort((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let from = 0; from < all.length;) {
    let to = from
    while (to < all.length && all[to]?.value === all[from]?.value) to++
    const [count, rank] = [to - from, (from + 1 + to) / 2]
    rankSum += rank * all.slice(from, to).filter(({ isFirst }) => isFirst).length
    ties += count ** 3 - count
    from = to
  }
  const [n1, n2, n] = [first.length, second.length, all.length]
  const u = rankSum - (n1 * (n1 + 1)) / 2
  const variance = ((n1 * n2) / 12) * (n + 1 - ties / (n * (n - 1)))
  return erfc(Math.max(0, Math.abs(u - (n1 * n2) / 2) - 0.5) / Math.sqrt(2 * variance))
}

/** Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: within 1.5e-7, for no less than 0. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]
  return factors.reduce((sum, factor) => (sum + factor) * t, 0) * Math.exp(-x * x)
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
}
