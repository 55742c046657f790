// The API as a document for programs, written from what Fastify checks by: https://spec.openapis.org/oas/v3.1.1.html
import type { TSchema } from 'typebox'
import { scopes } from '../api-tokens/token.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { version } from '../version.ts'
import type { Described } from './endpoint.ts'
import { ProblemSchema, problems } from './problem.ts'

type Json = Record<string, unknown>
export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: Array<Record<string, string[]>>
  parameters: Array<{ name: string; in: string; required: boolean; description?: string; schema: Json }>
  requestBody?: { required: boolean; content: Record<string, { schema: Json }> }
  responses: Record<string, { description: string; headers?: Json; content?: Record<string, { schema: Json }> }>
}
export type OpenApi = {
  openapi: string
  info: Json
  servers: Array<{ url: string }>
  tags: Array<{ name: string; description: string }>
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Json>; responses: Json; securitySchemes: Json }
}

export function openApiDocument(endpoints: Described[], origin: string): OpenApi {
  const schemas: Record<string, Json> = {}
  const refer = (schema: TSchema | Json): Json => referring(schema as Json, schemas)
  refer(ProblemSchema)
  const found: OpenApi['paths'] = {}
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    found[path] ??= {}
    found[path][endpoint.method.toLowerCase()] = operationOf(endpoint, refer)
  }
  const nouns = [...new Set(endpoints.map(({ noun }) => noun))]
  return {
    openapi: '3.1.1',
    info: {
      title: 'Bloggy',
      version,
      summary: text('api.documentSummary'),
      description: text('api.documentDescription'),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    tags: nouns.map((name) => ({ name, description: text('api.nounDescription', { name }) })),
    paths: found,
    components: {
      schemas,
      responses: {
        Problem: {
          description: text('api.problem'),
          content: { 'application/problem+json': { schema: ref('Problem') } },
        },
      },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: text('api.tokenDescription', { scopes: scopes.join(', '), page: paths.tokens() }),
        },
      },
    },
  }
}

function operationOf(endpoint: Described, refer: (schema: TSchema) => Json): Operation {
  const {
    id,
    noun,
    method,
    summary,
    description,
    scope,
    who,
    needs = 'everyone',
    params,
    query,
    body,
    bodyType,
    answer,
    hasMatch,
  } = endpoint
  const isOpen = who === 'everyone'
  const content = answer.status === 204 ? undefined : { 'application/json': { schema: refer(answer.schema) } }
  const headers = { ...(answer.status === 201 && { Location: { schema: { type: 'string' } } }) }
  const faults = faultsOf(endpoint)
  return {
    operationId: id,
    tags: [noun],
    summary,
    description: [description, text('api.whoAndScope', { who: needs, scope })].filter(Boolean).join('\n\n'),
    security: [...(isOpen ? [{}] : []), { token: [] }],
    parameters: [
      ...parametersOf(params, 'path'),
      ...parametersOf(query, 'query'),
      ...(hasMatch ? [header('If-Match', text('api.ifMatch'))] : []),
      ...(method === 'GET' ? [] : [header('Idempotency-Key', text('api.idempotencyKey'))]),
    ],
    ...(body && {
      requestBody: { required: true, content: { [bodyType ?? 'application/json']: { schema: refer(body) } } },
    }),
    responses: {
      [answer.status]: {
        description: text('api.done'),
        ...(content && { content }),
        ...(Object.keys(headers).length > 0 && { headers }),
      },
      ...(method === 'GET' && { 304: { description: text('api.same') } }),
      ...Object.fromEntries(faults.map((status) => [status, { $ref: '#/components/responses/Problem' }])),
    } as Operation['responses'],
  }
}

/** The statuses of problems that may come of it, by what it takes. */
function faultsOf({ method, params, query, body, bodyType, hasMatch, who }: Described): number[] {
  const found = new Set<number>([problems.invalid_token, problems.insufficient_scope, problems.too_many])
  found.add(problems.internal).add(problems.unavailable)
  if (who !== 'everyone') found.add(problems.unauthenticated).add(problems.forbidden)
  if (params || query) found.add(problems.not_found)
  if (query || body) found.add(problems.invalid)
  if (body) found.add(problems.malformed).add(problems.too_large).add(problems.not_json)
  if (bodyType) found.add(problems.no_room)
  if (method !== 'GET') found.add(problems.malformed).add(problems.conflict).add(problems.key_reused)
  if (hasMatch) found.add(problems.changed)
  return [...found].toSorted((a, b) => a - b)
}

function parametersOf(schema: TSchema | undefined, place: 'path' | 'query'): Operation['parameters'] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description ? { description: String(description) } : {}),
    schema: rest,
  }))
}

function header(name: string, description: string): Operation['parameters'][number] {
  return { name, in: 'header', required: false, description, schema: { type: 'string', maxLength: 2000 } }
}

const ref = (title: string): Json => ({ $ref: `#/components/schemas/${title}` })

/** The schema with those that have a title put among the components, and named where they stood. */
function referring(schema: Json, schemas: Record<string, Json>): Json {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    const { title } = value as { title?: unknown }
    const inside = (of: object) => Object.fromEntries(Object.entries(of).map(([name, part]) => [name, walk(part)]))
    if (typeof title !== 'string') return inside(value)
    // Whose a field is belongs to the place where it stands, not to the schema that several share.
    const { 'x-level': level, ...shared } = value as Json
    schemas[title] ??= inside(shared)
    return { ...ref(title), ...(level !== undefined && { 'x-level': level }) }
  }
  return walk(schema) as Json
}
