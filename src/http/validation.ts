import type { FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { text } from '../texts/texts.ts'

export type Fields = Record<string, string>

/** Plain sentences by field name, or undefined when the form is good. */
export function fieldErrors(request: FastifyRequest): Fields | undefined {
  const found = request.validationError?.validation
  return (
    found && Object.fromEntries(found.map((error: FastifySchemaValidationError) => [fieldOf(error), sentence(error)]))
  )
}

export const takenOut = () => text('errors.takenOut')

/** As a schema would say it. */
export function takenOutOf(name: string): FastifySchemaValidationError {
  return { keyword: 'takenOut', instancePath: `/${name}`, schemaPath: '', params: {} }
}

function fieldOf(error: FastifySchemaValidationError): string {
  if (error.keyword === 'required')
    return String(error.params.missingProperty ?? (error.params.requiredProperties as string[])?.[0])
  return error.instancePath.split('/')[1] ?? 'form'
}

function sentence({ keyword, params }: FastifySchemaValidationError): string {
  if (keyword === 'takenOut') return takenOut()
  const limit = Number(params.limit ?? 0)
  if (keyword === 'required' || (keyword === 'minLength' && limit <= 1) || keyword === 'pattern')
    return text('errors.fillIn')
  if (keyword === 'minLength') return text('errors.tooShort', { limit })
  if (keyword === 'maxLength') return text('errors.tooLong', { limit })
  if (keyword === 'type') return text('errors.onceAsText')
  return text('errors.unknownValue')
}

/** The posted strings, to fill a form again. Anything else that was sent is left out. */
export function postedValues(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
