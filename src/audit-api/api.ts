import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { Id, Moment, field, orNull, resource } from '../api/resource.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { text } from '../texts/texts.ts'
import { findEvent, listEvents } from './queries.ts'

const AuditEvent = resource('AuditEvent', {
  id: field('owner', Id),
  created_at: field('owner', Moment),
  action: field('owner', Type.String(), 'Noun and verb in the past: `post.published`.'),
  actor_id: field('owner', orNull(Id), 'Null for a program of the server, or somebody who is gone.'),
  actor_name: field('owner', orNull(Type.String())),
  subject_type: field('owner', orNull(Type.String())),
  subject_id: field('owner', orNull(Id)),
  client_ip: field('owner', orNull(Type.String())),
  origin: field('owner', Type.String(), 'Where the line was written: here, or in the blog it was brought from.'),
  description: field('owner', Type.String()),
  details: field('owner', Type.Object({}, { additionalProperties: true })),
})

const common = { method: 'GET', noun: 'audit', scope: 'audit:read', needs: 'the owner' } as const
const Name = Type.String({ minLength: 1, maxLength: 100 })

export function auditApi(app: App, register: Register) {
  register(
    {
      ...common,
      id: 'listAuditEvents',
      path: paths.api.auditEvents(),
      summary: 'Who did what',
      query: listQuery(['created_at'], '-created_at', {
        action: Type.Optional(Name),
        actor_id: Type.Optional(Id),
        subject_type: Type.Optional(Name),
        subject_id: Type.Optional(
          Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'With `subject_type`.' }),
        ),
        client_ip: Type.Optional(Name),
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

function requireOwner(visitor: Visitor): void {
  if (!isAdmin(visitor)) throw forbidden()
}
