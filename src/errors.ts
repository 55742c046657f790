// The failures a person can cause or fix. Everything else is a bug or an outage and answers 500.

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
export const unauthenticated = () => new AppError('unauthenticated', 'Please sign in to go on.')
export const forbidden = (message = 'Your account may not do this.') => new AppError('forbidden', message)
export const notFound = (what = 'page') => new AppError('not_found', `There is no such ${what} here.`)
export const conflict = (message: string) => new AppError('conflict', message)
export const tooMany = (retryAfter: number) => {
  const minutes = Math.ceil(retryAfter / 60)
  const wait = minutes <= 1 ? 'a minute' : `${minutes} minutes`
  return new AppError('too_many', `That was tried too often. Please wait ${wait}.`, { retryAfter })
}
export const busy = (message: string, retryAfter: number) => new AppError('busy', message, { retryAfter })

/** A reason not to start that the operator can mend: printed without a stack, exit code 1. */
export class StartError extends Error {}
