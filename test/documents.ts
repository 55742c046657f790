// What the tests of the documents read out of them, and out of the program.
import { nouns } from '../src/deeds/deeds.ts'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const read = (path: string) => readFileSync(join(root, path), 'utf8')

export function difference(expected: string[], found: string[]): string[] {
  const lacking = expected.filter((item) => !found.includes(item)).map((item) => `lacks ${item}`)
  const wrong = found.filter((item) => !expected.includes(item)).map((item) => `should not have ${item}`)
  const twice = found.filter((item, index) => found.indexOf(item) !== index).map((item) => `has twice ${item}`)
  return [...lacking, ...wrong, ...twice]
}

/** What stands below a heading, of the second level unless it is said. */
export function section(text: string, heading: string, level = 2): string {
  const parts = text.split(new RegExp(`^${'#'.repeat(level)} `, 'm'))
  return parts.find((part) => part.startsWith(`${heading}\n`)) ?? ''
}

/** The cells of every table, without the rows of heads. */
export function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line, index, all) => line.startsWith('|') && !all[index + 1]?.startsWith('|-'))
  return lines
    .filter((line) => !line.startsWith('|-'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}

export function plain(text: string): string {
  return text.replace(/^`|`$|(?<=[\s(])`|`(?=[\s).,:;])/g, '')
}

export type Command = { name: string; options: string[] }

/** As the command line tells it. */
export async function listCommands(words: string[] = []): Promise<Command[]> {
  const args = ['--import', './src/html/hook.mjs', 'src/cli.ts', ...words, '--help']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  // Groups of commands have headings of their own.
  const isCommands = (part: string) => /^(?!Arguments|Options|Example|Exit codes)[A-Z][^\n]*:\n {2}/.test(part)
  const paragraphs = stdout.split(/\n\n(?=\S)/)
  const about = paragraphs.filter((part) => !isCommands(part)).join('\n\n')
  const commands = paragraphs.filter(isCommands).join('\n')
  const options = [...about.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option)
  const own = { name: `bloggy ${words.join(' ')}`, options: options.filter((option) => option !== '--help') }
  if (!commands) return [own]
  const all = [...commands.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
  // Deeds of the API are in its document, and their options in the help that is written from it.
  const isNoun = (name: string) => words.length === 0 && name in nouns
  const ofNouns = all.filter(isNoun).map((name) => ({ name: `bloggy ${name}`, options: [] }))
  const names = all.filter((name) => !isNoun(name))
  const parts = [...(await Promise.all(names.map((name) => listCommands([...words, name])))).flat(), ...ofNouns]
  // `bloggy import` does something by itself, `bloggy migrations` does not.
  return words.length > 0 && about.includes('\nArguments:') ? [own, ...parts] : parts
}

/** Fastify's own list, a tree drawn with lines, as "METHOD /path". All files are one route here, HEAD goes with GET. */
export function listRoutes(tree: string): string[] {
  const above: string[] = []
  const routes = tree.split('\n').flatMap((line) => {
    const [, lead = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? []
    if (!part) return []
    const depth = lead.length / 4
    above.splice(depth, Infinity, part)
    const path = above.join('').replace(/^\/assets\/.*/, '/assets/*')
    return methods
      .split(', ')
      .filter((method) => method && method !== 'HEAD')
      .map((method) => `${method} ${path}`)
  })
  return [...new Set(routes)]
}
