// What the network brings is a few words each for V8, with 64 KB behind them, so V8 waits long before it looks for what is
// not needed any more: 40 MB of it when a large table comes.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: ((options: { type: 'minor' | 'major' }) => void) | undefined

/** Frees what was received and is not needed any more; about a millisecond. */
export function sweep(): void {
  collectGarbage('minor')
}

/** Gives back to the machine what a piece of work left behind; tens of milliseconds. */
export function sweepAll(): void {
  collectGarbage('major')
}

function collectGarbage(type: 'minor' | 'major'): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as typeof collect
  }
  collect?.({ type })
}
