// What a page has seen of the comments: a snapshot of PostgreSQL and when it was taken, as `1768000000.700:703:701`.

/** Longer ones, of many transactions at a time, are shortened to a moment when none of these was done. */
const longest = 400
const pattern = /^(\d{1,12})\.(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)$/

export type Cursor = { at: number; snapshot: string }

/** Undefined for what PostgreSQL would not take as a snapshot. */
export function readCursor(text: string | undefined): Cursor | undefined {
  const [, at, from, to, list] = (text && text.length <= longest * 2 && pattern.exec(text)) || []
  if (from === undefined || to === undefined || list === undefined) return undefined
  const [least, most] = [BigInt(from), BigInt(to)]
  if (least < 1n || least > most || most > 9_000_000_000_000_000_000n) return undefined
  const running = list === '' ? [] : list.split(',').map(BigInt)
  const isInOrder = running.every((xid, index) => {
    const above = index === 0 ? least : (running[index - 1] ?? 0n) + 1n
    return xid >= above && xid < most
  })
  return isInOrder ? { at: Number(at), snapshot: `${from}:${to}:${list}` } : undefined
}

/** The shortened one says less was seen, never more: something may be told twice. */
export function writeCursor({ at, snapshot }: Cursor): string {
  if (snapshot.length <= longest) return `${at}.${snapshot}`
  const [least = ''] = snapshot.split(':', 1)
  return `${at}.${least}:${least}:`
}
