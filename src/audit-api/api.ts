import { isIP } from 'node:net'
import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { origins } from '../audit/way.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { Id, Moment, field, orNull, resource } from '../api/resource.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { text } from '../texts/texts.ts'
import { findEvent, isPerson, listEvents } from './queries.ts'

const AuditEvent = resource('AuditEvent', {
  id: field('owner', Id),
  created_at: field('owner', Moment),
  action: field('owner', Type.String(), 'Noun and verb in the past: `post.published`.'),
  actor_id: field('owner', orNull(Id), 'Null for a program of the server, or somebody who is gone.'),
  actor_name: field('owner', orNull(Type.String())),
  subject_type: field('owner', orNull(Type.String())),
  subject_id: field('owner', orNull(Id)),
  client_ip: field('owner', orNull(Type.String())),
  origin: field(
    'owner',
    Type.String(),
    `By which way it came: ${origins.map((one) => `\`${one}\``).join(', ')}; of \`legacy.event\` what the older blog wrote down.`,
  ),
  token_name: field('owner', orNull(Type.String()), 'What the token is called by which it was done.'),
  description: field('owner', Type.String()),
  details: field('owner', Type.Object({}, { additionalProperties: true })),
})

const common = { method: 'GET', noun: 'audit', scope: 'audit:read', needs: 'the owner' } as const
const Name = Type.String({ minLength: 1, maxLength: 100 })
const Deed = Type.String({
  maxLength: 100,
  pattern: '^[a-z][a-z-]*\\.[a-z][a-z-]*$',
  description: 'Such as `post.published`.',
})
const Kind = Type.String({ maxLength: 100, pattern: '^[a-z][a-z_-]*$', description: 'Such as `post`.' })

export function auditApi(app: App, register: Register) {
  register(
    {
      ...common,
      id: 'listAuditEvents',
      path: paths.api.auditEvents(),
      summary: 'Who did what',
      query: listQuery(['created_at'], '-created_at', {
        action: Type.Optional(Deed),
        actor_id: Type.Optional(Id),
        subject_type: Type.Optional(Kind),
        subject_id: Type.Optional(
          Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'With `subject_type`.' }),
        ),
        client_ip: Type.Optional(Name),
        origin: Type.Optional(Type.Enum([...origins], { description: 'By which way it came.' })),
        token_name: Type.Optional(Name),
        after: Type.Optional(Moment),
        before: Type.Optional(Moment),
      }),
      answer: { status: 200, schema: listSchema(AuditEvent) },
    },
    async (call) => {
      requireOwner(call.someone())
      const { query } = call
      if (query.subject_id !== undefined && query.subject_type === undefined) {
        // A number alone names nothing.
        const detail = text('api.subjectType')
        throw new Problem('invalid', detail, [{ parameter: 'subject_type', code: 'required', detail }])
      }
      if (query.client_ip !== undefined && !isIP(query.client_ip)) throw refused('client_ip', text('api.noAddress'))
      if (query.actor_id !== undefined && !(await isPerson(app.db, query.actor_id)))
        throw refused('actor_id', text('api.nobody', { id: query.actor_id }))
      const page = await listEvents(app.db, query, query)
      return { body: showList(AuditEvent, page, () => 'owner', fieldsOf(AuditEvent, query)) }
    },
  )

  register(
    {
      ...common,
      id: 'getAuditEvent',
      path: paths.api.auditEvent(':id'),
      summary: 'One line of the audit log',
      params: Type.Object({ id: Id }),
      query: oneQuery(),
      answer: { status: 200, schema: AuditEvent.schema },
    },
    async (call) => {
      requireOwner(call.someone())
      const row = await findEvent(app.db, call.params.id)
      if (!row) throw notFound('event')
      return { body: AuditEvent.show(row, 'owner', fieldsOf(AuditEvent, call.query)) }
    },
  )
}

function refused(parameter: string, detail: string): Problem {
  return new Problem('invalid', detail, [{ parameter, code: 'unknown', detail }])
}

function requireOwner(visitor: Visitor): void {
  if (!isAdmin(visitor)) throw forbidden()
}
