import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, oneQuery } from '../api/list.ts'
import { field, resource } from '../api/resource.ts'
import { forbidden } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { canModerate } from '../moderation/moderation.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { canLookAfterPeople } from '../permissions/team.ts'
import { canEditAll } from '../posts/post.ts'
import { version } from '../version.ts'
import { type Counted, countThings, mostCounted, readMachinery } from './queries.ts'

const Count = Type.Object(
  {
    count: Type.Integer(),
    is_exact: Type.Boolean({ description: `False above ${mostCounted}: then it is what PostgreSQL supposes.` }),
  },
  { additionalProperties: false },
)

const Stats = resource('Stats', {
  posts_published: field('staff', Count, 'With pages. With `post.edit.any`.'),
  posts_scheduled: field('staff', Count),
  posts_draft: field('staff', Count),
  posts_binned: field('staff', Count),
  media: field('staff', Count),
  comments: field('staff', Count, 'In every state. With `comment.moderate`.'),
  comments_waiting: field('staff', Count),
  comments_spam: field('staff', Count),
  users: field('staff', Count, 'For who looks after people.'),
  jobs_waiting: field('owner', Type.Integer()),
  jobs_late: field('owner', Type.Integer(), 'Waiting for more than 15 minutes: is there a worker?'),
  jobs_failed: field('owner', Type.Integer(), 'Not tried again.'),
  database_bytes: field('owner', Type.Integer()),
  postgres: field('owner', Type.String()),
  version: field('owner', Type.String()),
})

export function statsApi(app: App, register: Register) {
  register(
    {
      id: 'getStats',
      method: 'GET',
      path: paths.api.stats(),
      noun: 'stats',
      summary: 'How much there is',
      description: 'Of what one may look after: posts, comments, people; how the installation is for the owner.',
      scope: 'stats:read',
      needs: '`post.edit.any`, `comment.moderate`, or who looks after people',
      query: oneQuery(),
      answer: { status: 200, schema: Stats.schema },
    },
    async (call) => {
      const visitor = call.someone()
      const only = fieldsOf(Stats, call.query)
      const may = countedFor(visitor)
      if (may.length === 0) throw forbidden()
      const counts = await countThings(app.db, only ? may.filter((name) => only.has(name)) : may)
      const machinery = isAdmin(visitor) && { ...(await readMachinery(app.db)), version }
      return { body: Stats.show({ ...counts, ...machinery }, isAdmin(visitor) ? 'owner' : 'staff', only) }
    },
  )
}

function countedFor(visitor: Visitor): Counted[] {
  return [
    ...(canEditAll(visitor)
      ? (['posts_published', 'posts_scheduled', 'posts_draft', 'posts_binned', 'media'] as const)
      : []),
    ...(canModerate(visitor) ? (['comments', 'comments_waiting', 'comments_spam'] as const) : []),
    ...(canLookAfterPeople(visitor) ? (['users'] as const) : []),
  ]
}
