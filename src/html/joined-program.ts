// Bloggy's own files, joined into a few: to find, read and strip eight hundred of them took four tenths of a start, and what
// Node keeps for each a tenth of an idle process. Joined at the first start after a change, in node_modules/.cache, under the
// hash of all of them; where that cannot be written, the files are run as they are.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cache } from './kept.ts'

export const sources = fileURLToPath(new URL('../', import.meta.url))

/** What a process or a thread begins with. */
export const isEntry = /(?:\/cli|-thread|-process)\.ts$/
const isSource = /(?<!\.test|\.d)\.tsx?$/

/** An older process may still load parts of its own. */
const kept = 3

/** Paths below src. */
export function listSources(): string[] {
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((path) => isSource.test(path))
    .toSorted()
}

/** The address of the joined form of a file that a process begins with; undefined where there is none. */
export function joinedEntry(source: string): string | undefined {
  folder ??= join()
  const file = `${folder}${source.slice(sources.length).replace(/\.ts$/, '.js')}`
  return folder && existsSync(file) ? pathToFileURL(file).href : undefined
}

let folder: string | undefined

function join(): string {
  const hash = createHash('sha256')
  // The compiler and what the files need have exact versions there, and the folder's place stands in what is joined.
  for (const file of ['../package.json', ...listSources()])
    hash.update(`\0${file}\0`).update(readFileSync(sources + file))
  const name = `${cache}program-${hash.update(sources).digest('hex')}/`
  if (existsSync(name)) return name
  const own = `${name.slice(0, -1)}.${process.pid}`
  try {
    mkdirSync(cache, { recursive: true })
    // In a process of its own: the bundler takes memory that this one would keep.
    const script = fileURLToPath(new URL('build-program.ts', import.meta.url))
    execFileSync(process.execPath, [script, own], { env: {}, stdio: ['ignore', 'ignore', 'inherit'] })
    renameSync(own, name)
    removeOlder()
  } catch {
    // Two processes may join at once: the first one's is taken.
    rmSync(own, { recursive: true, force: true })
  }
  return existsSync(name) ? name : ''
}

function removeOlder(): void {
  const all = readdirSync(cache).filter((name) => /^program-[0-9a-f]+$/.test(name))
  const byAge = all.map((name) => ({ name, at: statSync(cache + name).mtimeMs })).toSorted((a, b) => b.at - a.at)
  for (const { name } of byAge.slice(kept)) rmSync(cache + name, { recursive: true, force: true })
}

const isJoined = /(file:\/\/\S+\/program-[0-9a-f]+\/\S+?\.js):(\d+):(\d+)/
const maps = new Map<string, SourceMap>()

/** Stack traces name the lines that were written. Maps are read at the first error: they take more than the program. */
export function nameSources(): void {
  Error.prepareStackTrace = (error, sites) =>
    [title(error), ...sites.map((site) => `    at ${String(site).replace(isJoined, asWritten)}`)].join('\n')
}

function asWritten(place: string, url: string, line: string, column: string): string {
  const written = findWritten(url, Number(line), Number(column))
  return written ? `${written.url}:${written.line}:${written.column}` : place
}

/** Where a place of a joined file was written; lines and columns begin at 1. undefined where no map tells. */
export function findWritten(
  url: string,
  line: number,
  column: number,
): { url: string; line: number; column: number } | undefined {
  try {
    const path = fileURLToPath(url)
    const map = maps.get(path) ?? new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
    maps.set(path, map)
    const found = map.findOrigin(line, column)
    if (!('fileName' in found)) return undefined
    return { url: String(new URL(found.fileName, url)), line: found.lineNumber, column: found.columnNumber }
  } catch {
    return undefined
  }
}

function title(error: Error): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}
