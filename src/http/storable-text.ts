import { invalid, notFound } from '../errors.ts'
import type { App } from './app.ts'

/** PostgreSQL holds neither NUL nor half a surrogate pair; both are refused here, with the field that has them. */
export function refuseUnstorableText(app: App): void {
  app.addHook('preValidation', (request, _, done) => {
    if (!isStorable(request.params) || !isStorable(request.query)) return done(notFound())
    const field = findUnstorable(request.body)
    done(
      field
        ? invalid('Please check the highlighted fields.', { [field]: 'This holds a character that cannot be kept.' })
        : undefined,
    )
  })
}

function isStorable(values: unknown): boolean {
  return findUnstorable(values) === undefined
}

function findUnstorable(values: unknown): string | undefined {
  if (typeof values !== 'object' || values === null) return undefined
  for (const [name, value] of Object.entries(values)) {
    if (!isText(name) || (typeof value === 'string' && !isText(value))) return isText(name) ? name : 'form'
    if (typeof value === 'object' && findUnstorable(value)) return name
  }
  return undefined
}

function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
