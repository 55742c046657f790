// A blog that takes uploads: the process that imports is told its database by the settings.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LightMyRequestResponse } from 'fastify'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { openDatabase } from '../src/db/pool.ts'
import type { App } from '../src/http/app.ts'
import { paths } from '../src/paths.ts'
import { type TestApp, newBlog } from './app.ts'
import { type Person, assemble } from './cast.ts'
import { createDatabase, testLimits } from './database.ts'
import { type Family, buildFamily } from './legacy/families.ts'

export async function importingApp(environment: Record<string, string> = {}): Promise<TestApp> {
  const { target, drop } = await createDatabase()
  const database = openDatabase(target, testLimits)
  const settings = { DATABASE_URL: formatConnectionString(target), ...environment }
  const blog = await newBlog(settings, { target, limits: testLimits, database, db: database.db })
  after(async () => {
    await database.close()
    await drop()
  })
  const cast = await assemble(blog.app, blog.db)
  await blog.settings.refresh()
  return { ...blog, cast }
}

const folder = mkdtempSync(join(tmpdir(), 'bloggy-uploads-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

export function familyFile(family: Family = 'F12'): string {
  const path = join(folder, `${++count}.db`)
  buildFamily(path, family)
  return path
}

export type Part = { name: string; filename?: string; content: string | Buffer }

export function fileForm(path: string, task: string, filename = 'bloggy.db'): Part[] {
  return [
    { name: 'task', content: task },
    { name: 'file', filename, content: readFileSync(path) },
  ]
}

/** A form with files, as a browser sends it. */
export function multipart(parts: Part[], boundary = '----bloggy-test'): { type: string; body: Buffer } {
  const pieces = parts.flatMap(({ name, filename, content }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n` +
        `${filename === undefined ? '' : 'content-type: application/octet-stream\r\n'}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

export async function send(app: App, who: Person, parts: Part[]): Promise<LightMyRequestResponse> {
  const { type, body } = multipart(parts)
  return await app.inject({
    method: 'POST',
    url: paths.admin.imports(),
    headers: { cookie: who.cookie, 'content-type': type },
    payload: body,
  })
}

/** Uploads a file and answers the address of its page. */
export async function upload(app: App, who: Person, path: string, task: string): Promise<string> {
  const response = await send(app, who, fileForm(path, task))
  assert.equal(response.statusCode, 303, response.body)
  return String(response.headers.location)
}

/** The page at the end, when nothing changes on it any more; follows it where it leads. */
export async function settled(who: Person, address: string): Promise<{ path: string; body: string }> {
  let path = address
  for (const begun = Date.now(); Date.now() - begun < 180_000; await sleep(100)) {
    const response = await who.get(path)
    if (response.statusCode === 303) path = String(response.headers.location)
    else {
      assert.equal(response.statusCode, 200, response.body)
      if (!response.body.includes('data-live')) return { path, body: response.body }
    }
  }
  throw new Error(`${path} did not settle.`)
}
