// What went wrong, in the words of the API.
import type { FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { AppError, conflict } from '../errors.ts'
import { isOutage } from '../http/outage.ts'
import { text } from '../texts/texts.ts'
import { type Code, type Fault, Problem, asProblem } from './problem.ts'

export type Thrown = Error & {
  statusCode?: number
  code?: string
  constraint_name?: string
  validation?: FastifySchemaValidationError[]
  validationContext?: string
}

export function recognise(thrown: Thrown, request: FastifyRequest): Problem {
  if (thrown instanceof Problem) return thrown
  if (thrown instanceof AppError) return asProblem(thrown)
  if (thrown.validation) return ofValidation(thrown.validation, thrown.validationContext)
  // A step of a transaction may take the last owner away; PostgreSQL refuses that when the whole ends.
  if (thrown.constraint_name === 'blog_has_owner') return asProblem(conflict(text('team.lastOwner')))
  // A date that the format allows and no calendar has: the year 0, or 20 hours east of Greenwich.
  if (thrown.code === '22008' || thrown.code === '22009') return new Problem('invalid', text('api.noSuchMoment'))
  if (thrown.code === '23503') return asProblem(conflict(text('errors.ownerGone')))
  if (thrown.code === 'FST_ERR_HANDLER_TIMEOUT' && !request.raw.complete)
    return new Problem('timed_out', text('errors.tooSlow'))
  if (isOutage(thrown)) return new Problem('unavailable', text('errors.outage'))
  const code = ofStatus[thrown.statusCode ?? 500]
  const wanted = request.routeOptions.config.isForm ? text('api.multipartOnly') : text('api.jsonOnly')
  if (code) return new Problem(code, code === 'not_json' ? wanted : text('errors.notUnderstood'))
  return new Problem('internal', text('errors.ours', { number: request.id }))
}

const ofStatus: Record<number, Code> = { 400: 'malformed', 413: 'too_large', 414: 'long_address', 415: 'not_json' }

function ofValidation(validation: FastifySchemaValidationError[], context = 'body'): Problem {
  if (context === 'params') return new Problem('not_found', text('errors.noPage'))
  const faults = validation.map(({ keyword, instancePath, params, message = '' }): Fault => {
    const name = String(params.missingProperty ?? params.additionalProperty ?? '')
      .replaceAll('~', '~0')
      .replaceAll('/', '~1')
    const place = name === '' ? instancePath : `${instancePath}/${name}`
    const where = context === 'body' ? { pointer: place } : { parameter: place.slice(1) }
    return { ...where, code: codes[keyword] ?? 'invalid', detail: message }
  })
  // Of a long list each item may be wrong.
  return new Problem('invalid', text('api.invalid', { count: faults.length }), faults.slice(0, 50))
}

const codes: Record<string, string> = {
  required: 'required',
  additionalProperties: 'unknown',
  maxLength: 'too_long',
  minLength: 'too_short',
  maxItems: 'too_many',
  minItems: 'too_few',
  maximum: 'too_large',
  minimum: 'too_small',
  type: 'wrong_type',
  enum: 'not_one_of',
  const: 'not_one_of',
  format: 'wrong_form',
  pattern: 'wrong_form',
}
