// An import that takes a while: seen on its way, killed, stopped with the server, and gone on with.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildBigFile } from '../../bench/big-file.ts'
import { newBlog } from '../../test/app.ts'
import { testLimits } from '../../test/database.ts'
import { familyFile, fileForm, importingApp, send, settled, upload } from '../../test/importing.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { paths } from '../paths.ts'
import { type NotedStep } from './queries.ts'
import { folderOf, listUploads } from './uploads.ts'

const { app, cast, db, config, database, target } = await importingApp()
const { ada } = cast
const elsewhere = await newBlog({}, { target, limits: testLimits, database, db })
const place = mkdtempSync(join(tmpdir(), 'bloggy-work-'))
after(() => rmSync(place, { recursive: true, force: true }))
const big = join(place, 'big.db')
// It has to take longer than what is answered at once.
buildBigFile(big, 0.2)

describe('an import that takes a while', () => {
  test('shows how far it is, with a script and without, on every machine', async () => {
    const response = await send(app, ada, fileForm(big, 'import', 'big.db'))
    assert.equal(response.statusCode, 303)
    const { id } = await underWay()
    const page = await ada.get(String(response.headers.location))
    assert.equal(page.headers.location, paths.admin.import(id))

    const { body, headers } = await ada.get(paths.admin.import(id))
    assert.match(body, /aria-live="polite" data-part="sentence">[A-Z]/)
    assert.match(body, /<progress /)
    assert.match(body, /Reload/)
    assert.match(body, new RegExp(`data-live="${paths.admin.importProgress(id)}"`))
    assert.match(String(headers['content-security-policy']), /script-src 'self'; connect-src 'self'$/)
    const part = await ada.get(paths.admin.importProgress(id))
    assert.equal(part.statusCode, 200)
    assert.doesNotMatch(part.body, /<main/)
    const other = await elsewhere.app.inject({ url: paths.admin.import(id), headers: { cookie: ada.cookie } })
    assert.match(other.body, /data-live=/)
    assert.match((await ada.get(paths.admin.imports())).body, /Import \d+, running/)
  })

  test('keeps others from starting, and says so', async () => {
    const { id } = await underWay()
    const second = await settled(ada, await upload(app, ada, familyFile(), 'import'))
    assert.match(second.body, /Another import is running on this blog/)
    assert.match(second.body, /Import it now/)
    assert.equal((await ada.post(`${second.path}/rehearsal`)).statusCode, 409)
    assert.equal((await ada.post(`${second.path}/deletion`)).statusCode, 303)
    assert.equal((await ada.post(paths.admin.importUndo(id))).statusCode, 409)
    assert.equal((await ada.get(paths.admin.importUndo(id))).statusCode, 303)
  })

  test('that was killed says so, and goes on', async () => {
    const { id, step } = await underWay()
    process.kill(step.pid, 'SIGKILL')
    const { body } = await settled(ada, paths.admin.import(id))
    assert.match(body, /It was interrupted/)
    assert.match(body, /Go on<\/button>/)
    assert.match((await ada.get(paths.admin.imports())).body, /Import \d+, interrupted/)
    const other = await elsewhere.app.inject({ url: paths.admin.import(id), headers: { cookie: ada.cookie } })
    assert.match(other.body, /not on this machine any more/)
    const url = paths.admin.importContinuation(id)
    const refused = await elsewhere.app.inject({ method: 'POST', url, headers: { cookie: ada.cookie } })
    assert.equal(refused.statusCode, 409)

    assert.equal((await ada.post(url)).statusCode, 303)
    await underWay()
  })

  test('ends with its server, and goes on with the next', async () => {
    const { id } = await underWay()
    await app.close()
    const { state } = await db.selectFrom('imports').select('state').where('id', '=', id).executeTakeFirstOrThrow()
    // Stopped in order, or killed when that took too long.
    assert.match(state, /^(failed|running)$/)
    const [found] = await listUploads(folderOf(config.dataFolder))
    assert.equal(found?.state, 'stopped')

    const next = await newBlog(
      { DATABASE_URL: formatConnectionString(target), BLOGGY_DATA: config.dataFolder },
      { target, limits: testLimits, database, db },
    )
    const again = {
      ...ada,
      get: (url: string) => next.app.inject({ url, headers: { cookie: ada.cookie } }),
    }
    const interrupted = await settled(again, paths.admin.import(id))
    assert.match(interrupted.body, /Go on<\/button>/)
    const headers = { cookie: ada.cookie }
    const url = paths.admin.importContinuation(id)
    assert.equal((await next.app.inject({ method: 'POST', url, headers })).statusCode, 303)
    const { body } = await settled(again, paths.admin.import(id))
    assert.match(body, /went on where it was interrupted/)
    assert.match(body, /are equal/)
    const over = await next.app.inject({ method: 'POST', url, headers })
    assert.equal(over.statusCode, 409)
    assert.match(over.body, /This import is over/)
    assert.equal((await again.get(paths.admin.importProgress(id))).statusCode, 204)
  })
})

/** The import, while its process reads. */
async function underWay() {
  for (const begun = Date.now(); Date.now() - begun < 30_000; await sleep(20)) {
    const found = await db
      .selectFrom('imports')
      .select(['id', 'state', 'step'])
      .where('state', '=', 'running')
      .executeTakeFirst()
    const step = found?.step as unknown as (NotedStep & { pid: number }) | null
    if (found && step && isAlive(step.pid)) return { id: found.id, step }
  }
  throw new Error('No import is under way.')
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
