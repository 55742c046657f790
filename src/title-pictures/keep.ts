// The pictures made of titles, kept where the library's are: anything in it can be made again, so nobody backs it up.
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { FastifyBaseLogger } from 'fastify'
import { StoreTrouble } from '../media/store-trouble.ts'
import type { MediaStore } from '../media/store.ts'
import { inBackground, newLine } from '../threads/line.ts'
import { type Picture, fileOf, placeOf } from './title-picture.ts'

// One at a time, and twenty wait: whoever comes then is asked to come back.
const inTurn = newLine()

/** Made when somebody asks for the first time. Throws `busy` when too many ask at once. */
export async function findOrDraw(
  store: MediaStore,
  id: number,
  picture: Picture,
  log: FastifyBaseLogger,
): Promise<Buffer> {
  const name = `${placeOf(id)}/${fileOf(picture)}`
  return (
    (await kept(store, name, log)) ??
    (await inTurn(inBackground, async () => {
      // Who asked at the same moment was before us.
      const known = await kept(store, name, log)
      if (known) return known
      const drawn = await draw(picture)
      await keep(store, placeOf(id), name, drawn, log)
      return drawn
    }))
  )
}

/** A store that is away costs a drawing, and no picture. */
async function kept(store: MediaStore, name: string, log: FastifyBaseLogger): Promise<Buffer | undefined> {
  const found = await store.open(name).catch(noted(log))
  return found && (await buffer(found.body))
}

async function keep(store: MediaStore, place: string, name: string, picture: Buffer, log: FastifyBaseLogger) {
  const path = join(tmpdir(), `bloggy-title-${randomBytes(8).toString('hex')}.png`)
  try {
    await writeFile(path, picture, { mode: 0o600 })
    // An earlier title's picture leads here from now on.
    await store.removePlace(place)
    await store.put(name, path)
  } catch (error) {
    noted(log)(error)
  } finally {
    await rm(path, { force: true })
  }
}

async function draw(picture: Picture): Promise<Buffer> {
  // What shapes letters is loaded for the first picture: a process that draws none has no need of it.
  const { drawTitle } = await import('./draw.ts')
  return await drawTitle(picture)
}

function noted(log: FastifyBaseLogger) {
  return (error: unknown) => {
    if (!(error instanceof StoreTrouble)) throw error
    log.warn({ reason: error.message }, 'store of pictures not available')
    return undefined
  }
}
