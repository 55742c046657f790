// What a lost connection took along is done once more, where doing it twice does no harm.

/** The connection went away with the statement, or with the server behind it. */
export function isLoss(error: unknown): boolean {
  return losses.has(String((error as { code?: unknown } | undefined)?.code))
}

const losses = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'ECONNRESET',
  'EPIPE',
  '57P01', // ended by an administrator
  '57P02', // another process of PostgreSQL crashed
])

/** What is repeated may lose its connection, too, where they are ended one after another. */
const mostTries = 3

/** For reads, and for writes that know that they were done. */
export async function onceMore<T>(work: () => Promise<T>, mayRepeat = () => true): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isLoss(error) || tries === mostTries || !mayRepeat()) throw error
    }
  }
}

/** SQL that only reads. Said of what is certain: a function that writes has to be named here. */
export function isRead(text: string): boolean {
  return /^\s*(select|with)\b/i.test(text) && !writing.test(text)
}

const writing =
  /\b(insert|update|delete|merge|nextval|setval|set_config|pg_notify|\w*advisory\w*)\b|\b(graphile_worker\.|note_)\w+\s*\(/i
