// The failures a person can cause or fix. Everything else is a bug or an outage and answers 500.
import { text } from './texts/texts.ts'

export type ErrorKind = 'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'too_many' | 'busy'

export class AppError extends Error {
  readonly kind: ErrorKind
  readonly fields: Record<string, string>
  /** Seconds until another try makes sense; only with `too_many` and `busy`. */
  readonly retryAfter: number | undefined

  constructor(kind: ErrorKind, message: string, more: { fields?: Record<string, string>; retryAfter?: number } = {}) {
    super(message)
    this.kind = kind
    this.fields = more.fields ?? {}
    this.retryAfter = more.retryAfter
  }
}

/** What is wrong by field, for a form that comes back; anything that is not about a field is thrown on. */
export function fieldsOf(error: unknown): { errors: Record<string, string> } {
  if (error instanceof AppError && error.kind === 'invalid' && Object.keys(error.fields).length > 0)
    return { errors: error.fields }
  throw error
}

export const statusOf: Record<ErrorKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_many: 429,
  busy: 503,
}

export const invalid = (message: string, fields: Record<string, string> = {}) =>
  new AppError('invalid', message, { fields })
export const unauthenticated = () => new AppError('unauthenticated', text('errors.signIn'))
export const forbidden = (message = text('errors.forbidden')) => new AppError('forbidden', message)
/** By what was looked for: the sentence that there is none. */
const missing = {
  author: () => text('errors.noAuthor'),
  ban: () => text('errors.noBan'),
  comment: () => text('errors.noComment'),
  contact: () => text('errors.noContact'),
  decision: () => text('errors.noDecision'),
  departure: () => text('errors.noDeparture'),
  event: () => text('errors.noEvent'),
  group: () => text('errors.noGroup'),
  feed: () => text('errors.noFeed'),
  import: () => text('errors.noImport'),
  job: () => text('errors.noJob'),
  invitation: () => text('errors.noInvitation'),
  leftover: () => text('errors.noLeftover'),
  'month in the archive': () => text('errors.noArchiveMonth'),
  page: () => text('errors.noPage'),
  'part of the sitemap': () => text('errors.noSitemapPart'),
  permission: () => text('errors.noPermission'),
  person: () => text('errors.noPerson'),
  picture: () => text('errors.noPicture'),
  post: () => text('errors.noPost'),
  'post, or not any more,': () => text('errors.noPostAnyMore'),
  preset: () => text('errors.noPreset'),
  'preview, or its link was good for some time only,': () => text('errors.noPreview'),
  role: () => text('errors.noRole'),
  series: () => text('errors.noSeries'),
  session: () => text('factor.noSession'),
  'sitemap before the first post is out': () => text('errors.noSitemap'),
  tag: () => text('errors.noTag'),
  upload: () => text('errors.noUpload'),
  version: () => text('errors.noVersion'),
  'year in the archive': () => text('errors.noArchiveYear'),
}

export const notFound = (what: keyof typeof missing = 'page') => new AppError('not_found', missing[what]())
export const conflict = (message: string) => new AppError('conflict', message)
export const tooMany = (retryAfter: number) => {
  const minutes = Math.max(1, Math.ceil(retryAfter / 60))
  return new AppError('too_many', text('errors.tooMany', { minutes }), { retryAfter })
}
export const busy = (message: string, retryAfter: number) => new AppError('busy', message, { retryAfter })

/** What a command cannot do that was asked of it; `exitCode` says of what kind that is: see `bloggy post --help`. */
export class CommandError extends Error {
  readonly exitCode: number
  /** The same for programs, where more is known than a sentence. */
  readonly problem: CommandProblem | undefined

  constructor(message: string, exitCode: number, problem?: CommandProblem) {
    super(message)
    this.exitCode = exitCode
    this.problem = problem
  }
}
export type CommandProblem = { code: string; detail: string; errors?: unknown[] }

/** A reason not to start that the operator can mend: printed without a stack, exit code 1. */
export class StartError extends Error {}
