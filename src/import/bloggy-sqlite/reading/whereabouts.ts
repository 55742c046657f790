// How far a reader came, for the case that its thread dies of what it read: what it throws itself names no row.
import { StartError } from '../../../errors.ts'
import { type Reader, ended } from './reader.ts'

export type Whereabouts = {
  /** The table it reads or read last, and the key of the last row that came from it. */
  place: { table: string; key: string | null } | null
}

export function noting(reader: Reader, whereabouts: Whereabouts): Reader {
  const read = reader.read.bind(reader)
  reader.read = async function* (request) {
    const place = (whereabouts.place = { table: request.table, key: request.after })
    for await (const chunk of read(request)) {
      place.key = chunk.lastKey
      whereabouts.place = place
      yield chunk
    }
  }
  return reader
}

/** Other errors as they are. */
export function withPlace(error: unknown, { place }: Whereabouts): unknown {
  const { code, message } = error as Error & { code?: string }
  const isMemory = code === 'ERR_WORKER_OUT_OF_MEMORY'
  if (!place || !(isMemory || message === ended)) return error
  const { table, key } = place
  return new StartError(
    `Reading the file ${isMemory ? 'took too much memory' : 'ended'} in the table ${table}, ` +
      `${key === null ? 'at its first rows' : `soon after the row ${key}`}. Nothing is public. ` +
      (isMemory
        ? 'Look for a very large value there, shorten it in a copy of the file, and import that.'
        : 'Run it again.'),
  )
}
