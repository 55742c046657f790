import { Readable } from 'node:stream'
import { forbidden, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { uploadMs } from '../http/body-time.ts'
import { IdParams } from '../http/params.ts'
import { countAttempt } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import { rightsOverPerson } from '../people/person.ts'
import { requireSection } from '../permissions/team.ts'
import { findRights } from '../sessions/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { exportsAnHour } from './personal-data.ts'
import { exportPerson, noteExport } from './queries.ts'

/** For who has to answer somebody that asks, and cannot or does not sign in. */
export function personalDataAdmin(app: App, settings: CurrentSettings) {
  const options = { schema: { params: IdParams }, handlerTimeout: uploadMs }
  app.post(paths.admin.personData(':id'), options, async (request, reply) => {
    const visitor = requireSection(request, 'people')
    const id = Number(request.params.id)
    const held = await findRights(app.db, id)
    if (!held) throw notFound('person')
    const rights = rightsOverPerson(visitor, held)
    if (!rights.manages) throw forbidden(rights.isAbove ? text('team.above') : undefined)
    await countAttempt(app.db, 'data of', String(id), exportsAnHour)
    await noteExport(app.db, id, { id: visitor.id, ip: request.ip })
    return reply
      .type('application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="data-${id}.json"`)
      .send(Readable.from(exportPerson(app.db, id, settings.get().title), { objectMode: false }))
  })
}
