import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { MediaStore } from './store.ts'
import { StoreTrouble } from './store-trouble.ts'

export function diskStore(folder: string): MediaStore {
  // Thousands of places, a few hundred in each folder.
  const placeIn = (place: string) => join(folder, place.slice(0, 2), place)
  const pathOf = (name: string) => {
    const [place = '', file = ''] = name.split('/')
    return join(placeIn(place), file)
  }

  return {
    async put(name, path) {
      const target = pathOf(name)
      const arriving = `${target}.${randomBytes(6).toString('hex')}`
      try {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 })
        await copyFile(path, arriving)
        const file = await open(arriving, 'r+')
        await file.sync().finally(() => file.close())
        await rename(arriving, target)
      } catch (error) {
        await rm(arriving, { force: true }).catch(() => {})
        throw new StoreTrouble(error)
      }
    },
    async open(name) {
      try {
        const file = await open(pathOf(name), 'r')
        const { size } = await file.stat()
        return { bytes: size, body: file.createReadStream() }
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined
        throw new StoreTrouble(error)
      }
    },
    async removePlace(place) {
      await rm(placeIn(place), { recursive: true, force: true }).catch((error: unknown) => {
        throw new StoreTrouble(error)
      })
    },
  }
}
