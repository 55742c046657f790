import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import { CommandError } from '../errors.ts'
import { hashPassword } from '../passwords/password.ts'
import { weaknessOf } from '../passwords/weakness.ts'
import { paths } from '../paths.ts'
import { createSetupLink, isSetUp, setUp } from '../setup/queries.ts'
import { checkSetup } from '../setup/setup.ts'
import { shortestPassword } from '../users/user.ts'
import { answer, asCommandError, exitCodes, wrongUse } from './answer.ts'
import { askPassword } from './ask-password.ts'

type Options = {
  title?: string
  description?: string
  name?: string
  email?: string
  passwordFile?: string
  link?: boolean
  json?: boolean
}

/** Asks for what was not given on the command line. The password is never an argument: other users see those. */
export async function setup(options: Options): Promise<void> {
  const config = loadConfig()
  // A new blog may be set up before it was ever started.
  await withDatabase(config, async ({ db, target }) => {
    await migrate(target, limitsOf(config))
    if (await isSetUp(db))
      throw new CommandError(
        'This blog is set up already. Sign in, or use “Forgotten password” on the sign-in page.',
        exitCodes.inTheWay,
      )
    if (options.link) {
      const link = config.siteUrl.origin + paths.setup((await createSetupLink(db)) ?? '')
      return answer(options.json, { link }, link)
    }
    const { input, errors } = checkSetup(await complete(options))
    const problems = Object.entries(errors).map(([field, message]) => `--${field}: ${message}`)
    if (problems.length > 0) throw wrongUse(problems.join('\n'))
    const weakness = (password: string) => {
      if (!isLongEnough(password)) return tooShort
      return weaknessOf(config, password, { name: input.name, email: input.email, site: input.title })
    }
    const password = options.passwordFile ? readPassword(options.passwordFile) : await choosePassword(weakness)
    const trouble = weakness(password)
    if (trouble) throw wrongUse(trouble)
    try {
      await setUp(db, { ...input, password_hash: await hashPassword(password) }, null)
    } catch (error) {
      throw asCommandError(error)
    }
    const [url, sign_in] = [config.siteUrl.origin, config.siteUrl.origin + paths.signIn()]
    const { title, email } = input
    answer(
      options.json,
      { title, url, email, sign_in },
      `\n${title} is open: ${url}\nSign in as ${email}: ${sign_in}\n`,
    )
  })
}

const questions = {
  title: 'Title of the blog',
  description: 'What it is about (may stay empty)',
  name: 'Your name',
  email: 'Your e-mail',
}
type Question = keyof typeof questions

async function complete(options: Options): Promise<Record<string, string | undefined>> {
  const values: Record<string, string | undefined> = {}
  // Who gives everything else on the command line is not asked for what may stay empty.
  const asksAll = !options.title && !options.name && !options.email
  for (const name of Object.keys(questions) as Question[]) {
    const isOptional = name === 'description' && !asksAll
    values[name] = options[name] ?? (isOptional ? '' : await ask(name))
  }
  return values
}

/** Asks again until the answer can be used. */
async function ask(name: Question): Promise<string> {
  if (!process.stdin.isTTY) throw wrongUse(`Give --${name}, or run \`${commandLine('setup')}\` in a terminal.`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    for (;;) {
      const answer = await terminal.question(`${questions[name]}: `)
      const problem = checkSetup({ [name]: answer }).errors[name]
      if (!problem) return answer
      console.log(problem)
    }
  } finally {
    terminal.close()
  }
}

/** Twice the same, since nobody sees what is typed. */
async function choosePassword(weakness: (password: string) => string | undefined): Promise<string> {
  for (;;) {
    const password = await askPassword('A password (not shown): ')
    const trouble = weakness(password)
    if (trouble) console.log(trouble)
    else if ((await askPassword('Once more: ')) === password) return password
    else console.log('These were two different ones.')
  }
}

const tooShort = `The password needs at least ${shortestPassword} characters.`

function isLongEnough(password: string): boolean {
  return password.length >= shortestPassword && password.length <= 1024
}

function readPassword(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw wrongUse(`The password file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
