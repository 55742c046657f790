import { destination } from 'pino'

export type Lines = {
  write: (line: string) => void
  /** What is there is written before it returns. */
  flushSync: () => void
}

/** What pino's destination takes in this mode, which its types do not say. */
type Destination = { write: (bytes: Buffer) => void; flushSync: () => void; sync: boolean }

const latestMs = 100
/** A chunk is handed on when a usual line may not fit any more. */
const usualLine = 512
/** Of a UTF-16 unit, as UTF-8. */
const mostBytes = 3

/**
 * Lines for standard output, whole ones in chunks of at most `chunk` bytes, a tenth of a second late at most. They are put
 * together as bytes: pino's destination adds texts to each other, which takes twice the time that a line takes to make.
 * Beyond `mostUnwritten` bytes that nobody reads, lines are dropped. What is left is written when the process ends.
 */
export function newLines(chunk: number, mostUnwritten: number): Lines {
  const bytes = Buffer.allocUnsafeSlow(chunk)
  let length = 0
  let timer: NodeJS.Timeout | undefined

  const handOn = () => {
    clearTimeout(timer)
    timer = undefined
    // A copy: the next lines are written over these.
    if (length > 0) out.write(Buffer.copyBytesFrom(bytes, 0, length))
    length = 0
  }
  // Before the destination's own look at what it was handed.
  process.on('exit', () => {
    out.sync = true
    handOn()
  })
  const options = { dest: 1, sync: false, maxLength: mostUnwritten, maxWrite: chunk, contentMode: 'buffer' } as const
  const out = destination(options) as unknown as Destination

  return {
    write: (line) => {
      const most = line.length * mostBytes
      if (most > chunk - length) handOn()
      if (most > chunk) return void out.write(Buffer.from(line))
      length += bytes.write(line, length)
      if (length > chunk - usualLine) handOn()
      else timer ??= setTimeout(handOn, latestMs).unref()
    },
    flushSync: () => {
      handOn()
      out.flushSync()
    },
  }
}
