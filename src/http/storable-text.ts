import { invalid, notFound } from '../errors.ts'
import { selfContained, showable } from '../html/showable.ts'
import type { App } from './app.ts'
import { takenOut, takenOutOf } from './validation.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The fields of the form that had characters taken out. */
    unstorable: string[] | null
  }
}

/**
 * PostgreSQL holds neither NUL nor half a surrogate pair. A form with one comes back without it, as any other that has
 * something wrong; what was typed beside it is not lost. Other characters that nobody sees and no page may have come along
 * when text is pasted: they are left out, and nobody is asked.
 */
export function refuseUnstorableText(app: App): void {
  app.decorateRequest('unstorable', null)
  app.addHook('preValidation', (request, _, done) => {
    if (!isStorable(request.params) || !isStorable(request.query)) return done(notFound())
    if (typeof request.body === 'object' && request.body !== null) tidy(request.body as Record<string, unknown>)
    const found = makeStorable(request.body)
    if (found.length === 0) return done()
    request.unstorable = found
    // Most doors show their form again.
    if (request.routeOptions.attachValidation) return done()
    done(invalid(takenOut(), Object.fromEntries(found.map((name) => [name, takenOut()]))))
  })
  app.addHook('preHandler', (request, _, done) => {
    const known = request.validationError
    if (request.unstorable && (!known || known.validationContext === 'body')) {
      const validation = [...(known?.validation ?? []), ...request.unstorable.map(takenOutOf)]
      request.validationError = Object.assign(new Error(takenOut()), { validation, validationContext: 'body' })
    }
    done()
  })
}

function tidy(form: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(form)) {
    // A password is what was typed.
    if (name.includes('password')) continue
    const line = lines.get(name)
    const tidied = (one: unknown) => {
      if (typeof one !== 'string') return one
      return line ? line(showable(one)) : showable(one)
    }
    form[name] = Array.isArray(value) ? value.map(tidied) : tidied(value)
  }
}

/** Fields that are shown among words of others. */
const lines = new Map<string, (typed: string) => string>([
  ['title', selfContained],
  ['name', selfContained],
  ['guest_name', selfContained],
  ['series', selfContained],
  ['tags', (typed) => typed.split(',').map(selfContained).join(',')],
])

function isStorable(values: unknown): boolean {
  if (typeof values === 'string') return isText(values)
  return (
    typeof values !== 'object' ||
    values === null ||
    Object.entries(values).every(([name, value]) => isText(name) && isStorable(value))
  )
}

/** Takes out of a form what cannot be kept, and answers the names of the fields that had it. */
function makeStorable(form: unknown): string[] {
  if (typeof form !== 'object' || form === null) return []
  const fields = form as Record<string, unknown>
  return Object.entries(fields)
    .filter(([name, value]) => !isText(name) || !isStorable(value))
    .map(([name, value]) => {
      if (isText(name)) fields[name] = Array.isArray(value) ? value.map(cleaned) : cleaned(value)
      else delete fields[name]
      return isText(name) ? name : 'form'
    })
}

function cleaned(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\0|\p{Surrogate}/gu, '') : value
}

function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
