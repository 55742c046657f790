// `bloggy post list`, `bloggy comment show 12`: the deeds of the API, each as a command.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Command, Option as CommandOption } from 'commander'
import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { withServer } from '../db/open.ts'
import { type Deed, type Option, deedsOf, hasPages, isList, namesOf, nouns, valueOf } from '../deeds/deeds.ts'
import { exampleOf } from '../deeds/examples.ts'
import { type Fault, faultOf } from '../deeds/faults.ts'
import { type Find, numberOf, ways } from '../deeds/names.ts'
import { exitCodeOf, exitCodesHelp, wrongUse } from './answer.ts'
import { quietFor } from './quiet.ts'
import { type Answer, type Doer, readDocument, withApp } from './with-app.ts'
import { CommandError } from '../errors.ts'
import { printList, printOne } from '../deeds/print.ts'

type Given = Record<string, string | string[] | boolean | undefined>

export async function runDeed(noun: string, words: string[]): Promise<void> {
  const known = nouns[noun]
  if (!known) throw wrongUse(`There is no command ${noun}.`)
  const config = loadConfig()
  const command = quietFor(new Command(`bloggy ${noun}`), words)
    .description(known.about)
    .addHelpText('after', exitCodesHelp)
  for (const deed of deedsOf(known.noun, await readDocument(config))) addDeed(command, noun, deed, act)
  await command.parseAsync(words.length > 0 ? words : ['--help'], { from: 'user' })
}

type Act = (deed: Deed, values: string[], given: Given) => Promise<void>

/** The deed as a command, which hands on what was typed. */
export function addDeed(parent: Command, noun: string, deed: Deed, act: Act): void {
  const { operation, options } = deed
  const [verb = '', ...others] = namesOf(deed)
  const command = parent.command(verb).aliases(others).description(lower(operation.summary))
  for (const { name, noun } of deed.arguments) command.argument(`<${name}>`, noun ? ways[noun] : '')
  for (const { flag, kind, about, noun } of options) {
    const value = {
      text: '<text>',
      number: noun ? '<name>' : '<number>',
      'yes-no': '[yes|no]',
      list: '<text...>',
      numbers: '<number...>',
      file: '<path>',
      secret: '<path>',
      upload: '<path>',
    }[kind]
    command.option(`--${flag} ${value}`, noun ? `${about} By ${ways[noun]}.`.trim() : about)
    const one = oneOf(kind, flag)
    if (one && !options.some((other) => other.flag === one))
      command.addOption(new CommandOption(`--${one} ${value}`).hideHelp())
  }
  if (operation.requestBody && !deed.isForm)
    command.option('--data <path>', 'the whole body as JSON from a file; - for standard input')
  if (hasPages(deed)) command.option('--all', 'every page of the list')
  command
    .option('--as <address>', 'do it as this person; usually as the owner')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', `\nExample:\n  ${commandLine(exampleOf(noun, deed))}`)
    .action(async (...args: unknown[]) => {
      const given = args[deed.arguments.length] as Given
      await act(deed, args.slice(0, deed.arguments.length) as string[], given)
    })
}

async function act(deed: Deed, values: string[], given: Given): Promise<void> {
  const config = loadConfig()
  const as = given.as === undefined ? undefined : String(given.as)
  await withServer(config, async (target) => {
    await withApp(config, target, as, async (doer) => {
      const request = await requestOf(deed, values, given, doer.find)
      const answer = await doer.send(deed.method, request.path, request.body)
      if (answer.status >= 400) throw refusal(answer, deed)
      if (answer.file) return await pipeline(answer.file, process.stdout, { end: false })
      const isWhole = given.all === true ? await readAll(doer, request.path, answer) : answer.body
      show(deed, isWhole, given.json === true)
    })
  })
}

type Request = { path: string; body?: unknown }

export async function requestOf(deed: Deed, values: string[], given: Given, find: Find): Promise<Request> {
  let { path } = deed
  for (const [at, { name, noun, isNumber }] of deed.arguments.entries()) {
    const value = await numberOf(find, noun, values[at] ?? '')
    if (isNumber && !noun && !/^\d+$/.test(value)) throw wrongUse(`<${name}>: "${value}" is not a number.`)
    path = path.replace(`{${name}}`, encodeURIComponent(value))
  }
  const query = new URLSearchParams()
  const isBody = deed.operation.requestBody !== undefined
  const body: Record<string, unknown> = given.data === undefined ? {} : readJson(String(given.data))
  for (const option of deed.options) {
    const found = given[camel(option.flag)] ?? given[camel(oneOf(option.kind, option.flag) ?? option.flag)]
    if (found === undefined) continue
    const word = typeof found === 'string' ? await numberOf(find, option.noun, found) : found
    const value = readValue(option, word === true ? 'yes' : (word as string | string[]))
    if (value === undefined) throw wrongUse(`--${option.flag}: ${[found].flat().join(' ')} is not ${expected(option)}.`)
    if (option.place === 'query') query.append(option.name, String(value))
    else body[option.name] = value
  }
  return {
    path: query.size > 0 ? `${path}?${query}` : path,
    ...(isBody && { body: deed.isForm ? formOf(body) : body }),
  }
}

function readValue({ kind }: Option, found: string | string[]): unknown {
  if (kind === 'file') return readText(String(found))
  // Editors end a file with the end of a line.
  if (kind === 'secret') return readText(String(found)).replace(/\r?\n$/, '')
  if (kind === 'upload') return new File([new Uint8Array(readBytes(String(found)))], basename(String(found)))
  return valueOf(kind, found)
}

async function readAll({ send }: Doer, path: string, first: Answer): Promise<unknown> {
  type Page = { data: unknown[]; next: string | null }
  const whole = first.body as Page
  const data = [...whole.data]
  for (let { next } = whole; next !== null;) {
    const { status, body } = await send(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`,
    )
    if (status >= 400) throw new CommandError((body as { detail?: string }).detail ?? 'The list broke off.', 1)
    data.push(...(body as Page).data)
    next = (body as Page).next
  }
  return { data, next: null }
}

function refusal({ status, body }: Answer, { options }: Deed): CommandError {
  const { detail = 'It failed.', code = 'internal', errors = [] } = body as Partial<Problem>
  const found = errors.map((fault) => faultOf(fault, options))
  const lines = found.map(({ option, pointer, parameter, detail }) => {
    const name = pointer?.slice(1) ?? parameter ?? ''
    return `  ${option ?? (name === '' ? 'the body' : name)}: ${detail}`
  })
  // One sentence that says it all is not said twice.
  const message = found.length === 1 && found[0]?.detail === detail ? lines[0]?.trim() : [detail, ...lines].join('\n')
  return new CommandError(message ?? detail, exitCodeOf(status), { code, detail, errors: found })
}
type Problem = { detail: string; code: string; errors: Fault[] }

function show(deed: Deed, body: unknown, isJson: boolean): void {
  if (isJson) console.log(JSON.stringify(body ?? {}, null, 2))
  else if (body === '' || body === undefined) console.log('Done.')
  else if (isList(deed))
    console.log(
      printList(
        body as { data: Record<string, unknown>[]; next: string | null },
        process.stdout.isTTY ? process.stdout.columns : undefined,
      ),
    )
  else console.log(printOne(body as Record<string, unknown>))
}

function formOf(body: Record<string, unknown>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) form.append(name, value instanceof File ? value : String(value))
  return form
}

function readText(path: string): string {
  return readBytes(path).toString('utf8')
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (error) {
    throw wrongUse(`${path} cannot be read: ${(error as Error).message}`)
  }
}

function readJson(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readText(path)) as Record<string, unknown>
  } catch (error) {
    throw error instanceof CommandError ? error : wrongUse(`${path} holds no JSON: ${(error as Error).message}`)
  }
}

function expected({ kind }: Option): string {
  return {
    number: 'a number',
    'yes-no': 'yes or no',
    text: 'a text',
    list: 'a list',
    numbers: 'a list of numbers',
    file: 'a file',
    secret: 'a file',
    upload: 'a file',
  }[kind]
}

/** `--role author` beside `--roles author moderator`. */
const oneOf = (kind: Option['kind'], flag: string) => (kind === 'list' ? /^(.{3,})s$/.exec(flag)?.[1] : undefined)

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
const camel = (flag: string) => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
