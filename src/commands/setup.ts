import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { loadConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import { AppError, StartError } from '../errors.ts'
import { hashPassword } from '../passwords/password.ts'
import { paths } from '../paths.ts'
import { createSetupLink, isSetUp, setUp } from '../setup/queries.ts'
import { checkSetup } from '../setup/setup.ts'
import { shortestPassword } from '../users/user.ts'
import { askPassword } from './ask-password.ts'

type Options = {
  title?: string
  description?: string
  name?: string
  email?: string
  passwordFile?: string
  link?: boolean
}

/** Asks for what was not given on the command line. The password is never an argument: other users see those. */
export async function setup(options: Options): Promise<void> {
  const config = loadConfig()
  // A new blog may be set up before it was ever started.
  await withDatabase(config, async ({ db, target }) => {
    await migrate(target, limitsOf(config))
    if (await isSetUp(db))
      throw new StartError('This blog is set up already. Sign in, or use “Forgotten password” on the sign-in page.')
    if (options.link) {
      console.log(config.siteUrl.origin + paths.setup((await createSetupLink(db)) ?? ''))
      return
    }
    const values = await complete(options)
    const { input, errors } = checkSetup(values)
    const problems = Object.entries(errors).map(([field, message]) => `${field}: ${message}`)
    if (problems.length > 0) throw new StartError(problems.join('\n'))
    const password = options.passwordFile ? readPassword(options.passwordFile) : await askPassword()
    if (password.length < shortestPassword || password.length > 1024) {
      throw new StartError(`The password needs at least ${shortestPassword} characters.`)
    }
    try {
      await setUp(db, { ...input, password_hash: await hashPassword(password) }, null)
    } catch (error) {
      throw error instanceof AppError ? new StartError(error.message) : error
    }
    console.log(
      `\n${input.title} is open: ${config.siteUrl.origin}\nSign in as ${input.email}: ${config.siteUrl.origin}${paths.signIn()}\n`,
    )
  })
}

const questions = { title: 'Title of the blog', name: 'Your name', email: 'Your e-mail' }

async function complete(options: Options): Promise<Record<string, string | undefined>> {
  const values: Record<string, string | undefined> = { description: options.description }
  for (const name of ['title', 'name', 'email'] as const)
    values[name] = options[name] ?? (await ask(questions[name], name))
  return values
}

async function ask(question: string, option: string): Promise<string> {
  if (!process.stdin.isTTY) throw new StartError(`Give --${option}, or run \`bloggy setup\` in a terminal.`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(`${question}: `)
  } finally {
    terminal.close()
  }
}

function readPassword(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new StartError(`The password file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
