// `bloggy post list`, `bloggy comment show 12`: the deeds of the API, each as a command.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Command, Option as CommandOption } from 'commander'
import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { withServer } from '../db/open.ts'
import { type Deed, type Option, deedsOf, hasPages, isList, namesOf, nouns, valueOf } from '../deeds/deeds.ts'
import { type Answer, type Doer, readDocument, withApp } from './with-app.ts'
import { type Find, numberOf, ways } from '../deeds/names.ts'
import { CommandError } from '../errors.ts'
import { printList, printOne } from '../deeds/print.ts'

type Given = Record<string, string | string[] | boolean | undefined>

/** What went wrong, as the number that the command ends with. */
const exitCodes = `
Exit codes:
  0: done
  1: it failed
  2: something that was given cannot be taken
  3: there is no such thing
  4: not allowed
  5: something is in the way, or it was changed meanwhile`

export async function runDeed(noun: string, words: string[]): Promise<void> {
  const known = nouns[noun]
  if (!known) throw new CommandError(`There is no command ${noun}.`, 2)
  const config = loadConfig()
  const command = new Command(`bloggy ${noun}`)
    .description(known.about)
    .showHelpAfterError()
    .addHelpText('after', exitCodes)
  // Before the deeds, which take it over.
  command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2)
  })
  for (const deed of deedsOf(known.noun, await readDocument(config))) addDeed(command, noun, deed)
  await command.parseAsync(words.length > 0 ? words : ['--help'], { from: 'user' })
}

function addDeed(parent: Command, noun: string, deed: Deed): void {
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
    .addHelpText('after', `\nExample:\n  ${exampleOf(noun, deed)}`)
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
      if (answer.status >= 400) return refuse(answer)
      if (answer.file) return await pipeline(answer.file, process.stdout, { end: false })
      const isWhole = given.all === true ? await readAll(doer, request.path, answer) : answer.body
      show(deed, isWhole, given.json === true)
    })
  })
}

type Request = { path: string; body?: unknown }

async function requestOf(deed: Deed, values: string[], given: Given, find: Find): Promise<Request> {
  let { path } = deed
  for (const [at, { name, noun }] of deed.arguments.entries())
    path = path.replace(`{${name}}`, encodeURIComponent(await numberOf(find, noun, values[at] ?? '')))
  const query = new URLSearchParams()
  const isBody = deed.operation.requestBody !== undefined
  const body: Record<string, unknown> = given.data === undefined ? {} : readJson(String(given.data))
  for (const option of deed.options) {
    const found = given[camel(option.flag)] ?? given[camel(oneOf(option.kind, option.flag) ?? option.flag)]
    if (found === undefined) continue
    const word = typeof found === 'string' ? await numberOf(find, option.noun, found) : found
    const value = readValue(option, word === true ? 'yes' : (word as string | string[]))
    if (value === undefined) throw wrongUse(`--${option.flag}: ${String(found)} is not ${expected(option)}.`)
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

function refuse({ status, body }: Answer): void {
  const { detail = 'It failed.', errors = [] } = body as { detail?: string; errors?: Record<string, string>[] }
  console.error(`\n${detail}`)
  for (const { pointer, parameter, detail } of errors) {
    console.error(`  ${flagOf(pointer?.slice(1) ?? parameter ?? '')}: ${detail}`)
  }
  console.error('')
  const codes: Record<number, number> = { 400: 2, 422: 2, 404: 3, 401: 4, 403: 4, 409: 5, 412: 5 }
  process.exitCode = codes[status] ?? 1
}

function show(deed: Deed, body: unknown, isJson: boolean): void {
  if (isJson) console.log(JSON.stringify(body ?? {}, null, 2))
  else if (body === '' || body === undefined) console.log('Done.')
  else if (isList(deed)) console.log(printList(body as { data: Record<string, unknown>[]; next: string | null }))
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

function wrongUse(message: string): CommandError {
  return new CommandError(message, 2)
}

function expected({ kind }: Option): string {
  return {
    number: 'a number',
    'yes-no': 'yes or no',
    text: 'a text',
    list: 'a list',
    file: 'a file',
    secret: 'a file',
    upload: 'a file',
  }[kind]
}

function exampleOf(noun: string, deed: Deed): string {
  const values = deed.arguments.map(({ name, noun }) => (noun ? examples[noun] : name === 'id' ? '12' : name))
  const needed = deed.options
    .filter(({ name, flag }) => deed.required.has(name) && flag === name.replaceAll('_', '-'))
    .map(({ flag, kind }) => `--${flag} ${kind === 'number' ? '1' : kind === 'yes-no' ? 'yes' : '"…"'}`)
  const words = [noun, deed.verb, ...values, ...needed, ...(hasPages(deed) ? ['--limit 5', '--json'] : [])]
  return commandLine(words.join(' '))
}

const examples = { users: 'ben@example.org', roles: 'author', posts: 'a-post' }

/** `--role author` beside `--roles author moderator`. */
const oneOf = (kind: Option['kind'], flag: string) => (kind === 'list' ? /^(.{3,})s$/.exec(flag)?.[1] : undefined)

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
const camel = (flag: string) => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
const flagOf = (name: string) => (name === '' ? 'the body' : `--${name.replaceAll('_', '-').split('/')[0]}`)
