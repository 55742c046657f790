// What a command leaves behind: words or JSON on standard output, what went wrong on standard error, and a number.
import { CommanderError } from 'commander'
import { commandLine } from '../command-line.ts'
import { AppError, CommandError, StartError, statusOf } from '../errors.ts'

/** One table for every command; `import` and what belongs to it have more: see docs/operations.md. */
export const exitCodes = { failed: 1, wrongUse: 2, notFound: 3, notAllowed: 4, inTheWay: 5 } as const

export const exitCodesHelp = `
Exit codes:
  0: done
  1: it failed
  2: something that was given cannot be taken
  3: there is no such thing
  4: not allowed
  5: something is in the way, or it was changed meanwhile`

const importRefused = 3

const ofStatus: Record<number, number> = { 400: 2, 422: 2, 404: 3, 401: 4, 403: 4, 409: 5, 412: 5 }
export const exitCodeOf = (status: number): number => ofStatus[status] ?? exitCodes.failed

// What a code of the table is called among the problems of the interface for programs.
const codeOf: Record<number, string> = { 2: 'invalid', 3: 'not_found', 4: 'forbidden', 5: 'conflict' }

export const wrongUse = (message: string): CommandError => new CommandError(message, exitCodes.wrongUse)

/** Prints a value to programs, or the words for it to people. */
export function answer(isJson: boolean | undefined, value: unknown, words: string): void {
  console.log(isJson ? JSON.stringify(value, null, 2) : words)
}

/** What a feature refuses, as a command says it. */
export function asCommandError(error: unknown): unknown {
  return error instanceof AppError ? new CommandError(error.message, exitCodeOf(statusOf[error.kind])) : error
}

/** Says what went wrong, to programs as one line of JSON; throws what is a mistake of ours on to be shown whole. */
export function fail(error: unknown, words: string[]): void {
  const isJson = words.includes('--json')
  if (error instanceof CommanderError) {
    // Help that was asked for is no mistake; what was wrong is said already, except to programs.
    if (error.exitCode === 0) return
    // There 2 is another thing: brought in, with leftovers.
    process.exitCode = words[0] === 'import' ? importRefused : exitCodes.wrongUse
    if (isJson) printProblem('invalid', error.message.replace(/^error: /, ''))
    return
  }
  if ((error as { code?: unknown } | null)?.code === '42501')
    error = new StartError(
      `PostgreSQL refused: ${(error as Error).message}. \`${commandLine('doctor --only role')}\` says what to grant.`,
    )
  const isExpected = error instanceof StartError || error instanceof CommandError
  if (!isJson && !isExpected) throw error
  process.exitCode = error instanceof CommandError ? error.exitCode : exitCodes.failed
  const message = error instanceof Error ? error.message : String(error)
  if (!isJson) return console.error(`\n${message}\n`)
  const { problem } = error instanceof CommandError ? error : {}
  if (problem) printProblem(problem.code, problem.detail, problem.errors)
  else printProblem(codeOf[Number(process.exitCode)] ?? (isExpected ? 'failed' : 'internal'), message)
}

function printProblem(code: string, detail: string, errors: unknown[] = []): void {
  console.error(JSON.stringify({ code, detail, ...(errors.length > 0 && { errors }) }))
}
