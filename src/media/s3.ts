import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { load } from '../once.ts'
import type { MediaStore } from './store.ts'
import { StoreTrouble } from './store-trouble.ts'

type Bucket = { url: URL; region: string; accessKeyId: string; secretAccessKey: string }

const patienceMs = 15_000
/** A place has a file for each size. */
const mostInPlace = 100

export function s3Store({ url, ...access }: Bucket): MediaStore {
  // Only where there is a bucket.
  const { S3mini } = load('s3mini') as typeof import('s3mini')
  const bucket = new S3mini({ ...access, endpoint: url.href.replace(/\/$/, ''), requestAbortTimeout: patienceMs })

  return {
    async put(name, path) {
      // A size is a few hundred KB, and is sent with its length: not every store takes a stream without one.
      const body = await readFile(path)
      await inTrouble(bucket.putObject(name, body, name.endsWith('.png') ? 'image/png' : 'image/webp'))
    },
    async open(name) {
      const answer = await inTrouble(bucket.getObjectResponse(name))
      if (!answer?.body) return undefined
      const body = Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0])
      return { bytes: Number(answer.headers.get('content-length')), body }
    },
    async removePlace(place) {
      const found = (await inTrouble(bucket.listObjects('/', `${place}/`, mostInPlace))) ?? []
      for (const { Key } of found) await inTrouble(bucket.deleteObject(Key))
    },
  }
}

async function inTrouble<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw new StoreTrouble(error)
  })
}
