// Several test files in one process: reading the whole server takes longer than the tests of most files. Each is a
// suite, so that its hooks are its own; all are read before the first begins, and they run one after the other.
import { AsyncResource } from 'node:async_hooks'
import { describe } from 'node:test'

/** @public Called by what togetherSource() writes. */
export function runTogether(paths: string[]): void {
  let read: Promise<unknown> = Promise.resolve()
  for (const path of paths) {
    const before = read
    const { promise, resolve } = Promise.withResolvers<void>()
    read = promise
    describe(path, async () => {
      // Which suite it is in, Node would forget at the wait for something from outside: hooks would be those of every file.
      const suite = new AsyncResource('test file')
      await before
      await suite.runInAsyncScope(() => import(new URL(`../${path}`, import.meta.url).href)).finally(resolve)
    })
  }
}

/** A file that does this, for `node --test`. */
export function togetherSource(paths: string[]): string {
  return `import { runTogether } from ${JSON.stringify(import.meta.url)}\nrunTogether(${JSON.stringify(paths)})\n`
}
