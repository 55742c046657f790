// Where the files of pictures are: a folder, or a bucket. Everything else knows this alone.
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Config } from '../config.ts'
import { diskStore } from './disk.ts'
import { s3Store } from './s3.ts'

export type MediaStore = {
  /** Whole or not at all. Throws StoreTrouble. */
  put: (name: string, path: string) => Promise<void>
  /** Undefined when there is no such file. Throws StoreTrouble. */
  open: (name: string) => Promise<{ bytes: number; body: Readable } | undefined>
  /** Everything in a place; a second call finds nothing. Throws StoreTrouble. */
  removePlace: (place: string) => Promise<void>
}

export function openStore(config: Config): MediaStore {
  const { mediaS3Url: url, mediaS3AccessKey: accessKeyId, mediaS3SecretKey: secretAccessKey } = config
  if (!url || !accessKeyId || !secretAccessKey) return diskStore(join(config.dataFolder, 'media'))
  return s3Store({ url, region: config.mediaS3Region, accessKeyId, secretAccessKey })
}
