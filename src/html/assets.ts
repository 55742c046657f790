// Everything in public/ and what is bundled of browser/, read once. A file's address holds the hash of its content, so
// browsers keep it for good.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { once } from '../once.ts'
import { bundles } from './bundles.ts'

export type Asset = {
  type: string
  body: Buffer
  etag: string
  /** Compressed at the first call; undefined where that gains nothing. */
  brotli: () => Buffer | undefined
  gzip: () => Buffer | undefined
}

const folder = fileURLToPath(new URL('../../public/', import.meta.url))

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
}

/** By plain name: `style.css`, `sample/bread.svg`. */
export const assets = new Map<string, Asset>([
  ...readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && types[extname(entry.name)])
    .map((entry): [string, Asset] => {
      const path = `${entry.parentPath.replace(/\/?$/, '/')}${entry.name}`
      return [path.slice(folder.length), asset(path, readFileSync(path))]
    }),
  ...bundles().map(({ name, code, brotli }): [string, Asset] => [name, asset(name, code, brotli)]),
])

/** The address of a file for links in pages: `/assets/style.3f9a….css`. */
export function assetPath(name: string): string {
  const address = addresses.get(name)
  if (!address) throw new Error(`There is no ${name} in public/ or browser/.`)
  return address
}

const addresses = new Map(
  [...assets].map(([name, { etag }]) => {
    const ending = extname(name)
    return [name, `/assets/${name.slice(0, -ending.length)}.${etag}${ending}`]
  }),
)

function asset(path: string, body: Buffer, brotli?: Buffer): Asset {
  const isText = /\.(css|js|svg|txt)$/.test(path)
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    body,
    etag: createHash('sha256').update(body).digest('hex').slice(0, 16),
    brotli: once(() => brotli ?? (isText ? brotliCompressSync(body) : undefined)),
    gzip: once(() => (isText ? gzipSync(body, { level: 9 }) : undefined)),
  }
}
