import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { type Field, Moment, field, idOf, resource } from '../api/resource.ts'
import type { App } from '../http/app.ts'
import { uploadMs } from '../http/body-time.ts'
import { countAttempt } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { requireRight } from '../users-api/require-right.ts'
import { exportsAnHour } from './personal-data.ts'
import { exportPerson, noteExport, sectionNames } from './queries.ts'

const params = Type.Object({ id: idOf('users') })
const rows = Type.Array(Type.Object({}, { additionalProperties: true }))
const PersonalData = resource('PersonalData', {
  site: field('own', Type.String()),
  made_at: field('own', Moment),
  ...Object.fromEntries(sectionNames.map((name): [string, Field] => [name, field('own', rows)])),
})

export function personalDataApi(app: App, settings: CurrentSettings, register: Register) {
  register(
    {
      id: 'exportUserData',
      method: 'GET',
      path: paths.api.userData(':id'),
      noun: 'users',
      summary: 'Everything that is known of somebody',
      description: 'The file of “Your data”, five times an hour at most. Each time is a line in the audit log.',
      // It has drafts, comments and the log as well: more than who may read people was given.
      scope: 'users:write',
      needs: 'the person, or `user.manage`',
      params,
      longest: uploadMs,
      answer: { status: 200, schema: PersonalData.schema },
    },
    async ({ params: { id }, reply, someone, actor }) => {
      await requireRight(app.db, someone(), id, 'isSelf', 'manages')
      await countAttempt(app.db, 'data of', String(id), exportsAnHour)
      await noteExport(app.db, id, actor())
      reply.header('cache-control', 'no-store').header('content-disposition', `attachment; filename="data-${id}.json"`)
      return { body: Readable.from(exportPerson(app.db, id, settings.get().title), { objectMode: false }) }
    },
  )
}
