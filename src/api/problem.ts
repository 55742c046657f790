// What a program is told that did not get what it asked for: https://www.rfc-editor.org/rfc/rfc9457
import { Type } from 'typebox'
import { AppError, type ErrorKind, statusOf } from '../errors.ts'
import { text } from '../texts/texts.ts'

/** Codes stay as they are; their sentences may change. */
export const problems = {
  malformed: 400,
  unauthenticated: 401,
  invalid_token: 401,
  forbidden: 403,
  insufficient_scope: 403,
  not_found: 404,
  method_not_allowed: 405,
  timed_out: 408,
  conflict: 409,
  changed: 412,
  too_large: 413,
  long_address: 414,
  not_json: 415,
  invalid: 422,
  key_reused: 422,
  too_many: 429,
  internal: 500,
  busy: 503,
  unavailable: 503,
  no_room: 507,
} as const
export type Code = keyof typeof problems

/** What is wrong with a part of the request: `pointer` into its body, or the `parameter` of its address. */
export type Fault = { pointer?: string; parameter?: string; code: string; detail: string }

export class Problem extends Error {
  readonly code: Code
  readonly faults: Fault[]

  constructor(code: Code, detail: string, faults: Fault[] = []) {
    super(detail)
    this.code = code
    this.faults = faults
  }
}

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'An address that explains the code.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Enum(Object.keys(problems) as Code[]),
    detail: Type.String({ description: 'A sentence for people; it may change.' }),
    instance: Type.String({ description: 'The number of this request, which the log has too.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.Optional(Type.String({ description: 'JSON Pointer into the body.' })),
          parameter: Type.Optional(Type.String({ description: 'Name of a parameter of the address.' })),
          code: Type.String(),
          detail: Type.String(),
        }),
      ),
    ),
  },
  { title: 'Problem', additionalProperties: false },
)

const codeOf: Record<ErrorKind, Code> = {
  invalid: 'invalid',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  not_found: 'not_found',
  conflict: 'conflict',
  too_many: 'too_many',
  busy: 'busy',
}

/** The same of what the rest of the program throws. */
export function asProblem(error: AppError): Problem {
  const faults = Object.entries(error.fields).map(([name, detail]) => ({
    pointer: `/${name}`,
    code: 'invalid',
    detail,
  }))
  const code = codeOf[error.kind]
  if (problems[code] !== statusOf[error.kind]) throw new Error(`${error.kind} has two statuses.`)
  return new Problem(code, error.message, faults)
}

export function problemBody(problem: Problem, request: { id: string }, reference: string) {
  const { code, message, faults } = problem
  return {
    type: `${reference}#${code}`,
    title: titleOf[code](),
    status: problems[code],
    code,
    detail: message,
    instance: `urn:uuid:${request.id}`,
    ...(faults.length > 0 && { errors: faults }),
  }
}

/** What a code means, in few words. */
export const titleOf: Record<Code, () => string> = {
  malformed: () => text('api.problemMalformed'),
  unauthenticated: () => text('api.problemUnauthenticated'),
  invalid_token: () => text('api.problemInvalidToken'),
  forbidden: () => text('api.problemForbidden'),
  insufficient_scope: () => text('api.problemInsufficientScope'),
  not_found: () => text('api.problemNotFound'),
  method_not_allowed: () => text('api.problemMethodNotAllowed'),
  timed_out: () => text('api.problemTimedOut'),
  conflict: () => text('api.problemConflict'),
  changed: () => text('api.problemChanged'),
  too_large: () => text('api.problemTooLarge'),
  long_address: () => text('api.problemLongAddress'),
  not_json: () => text('api.problemNotJson'),
  invalid: () => text('api.problemInvalid'),
  key_reused: () => text('api.problemKeyReused'),
  too_many: () => text('api.problemTooMany'),
  internal: () => text('api.problemInternal'),
  busy: () => text('api.problemBusy'),
  unavailable: () => text('api.problemUnavailable'),
  no_room: () => text('api.problemNoRoom'),
}
