// What is made from sources and kept: node_modules/.cache/bloggy.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export const cache = fileURLToPath(new URL('../../node_modules/.cache/bloggy/', import.meta.url))

/** Two processes may make the same file at once. A read-only folder costs the next start its time, not its life. */
export function keep(path: string, code: string | Buffer): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.${process.pid}`, code)
    renameSync(`${path}.${process.pid}`, path)
  } catch {}
}
