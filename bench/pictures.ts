// npm run bench:pictures -- FILE …: what each way of writing a picture costs, at 1200 px, and how long all its sizes take.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { encode } from '../src/media/encode.ts'

const ways: Record<string, (image: Sharp) => Sharp> = {
  'JPEG 80': (image) => image.jpeg({ quality: 80, mozjpeg: true }),
  'WebP 80': (image) => image.webp({ quality: 80, effort: 4 }),
  'WebP lossless': (image) => image.webp({ lossless: true, effort: 4 }),
  'AVIF 50, effort 2': (image) => image.avif({ quality: 50, effort: 2 }),
  'AVIF 60, effort 2': (image) => image.avif({ quality: 60, effort: 2 }),
}

sharp.cache(false)
sharp.concurrency(1)
console.log('| picture | way | KB | ms | PSNR |\n|---|---|---|---|---|')
for (const path of process.argv.slice(2)) {
  const open = () => sharp(path, { autoOrient: true }).resize({ width: 1200, withoutEnlargement: true })
  const plain = await pixels(open())
  for (const [way, write] of Object.entries(ways)) {
    const begun = performance.now()
    const written = await write(open()).toBuffer()
    const ms = Math.round(performance.now() - begun)
    const kb = (written.length / 1024).toFixed(0)
    console.log(`| ${basename(path)} | ${way} | ${kb} | ${ms} | ${psnr(plain, await pixels(sharp(written)))} |`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-pictures-'))
  const begun = performance.now()
  const { sizes } = await encode(path, folder)
  const kb = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / 1024
  const all = `all of ${sizes.map(({ width }) => width).join(', ')}`
  console.log(`| ${basename(path)} | ${all} | ${kb.toFixed(0)} | ${Math.round(performance.now() - begun)} | |`)
  rmSync(folder, { recursive: true })
}

async function pixels(image: Sharp): Promise<Buffer> {
  return await image.removeAlpha().toColorspace('srgb').raw().toBuffer()
}

/** How near two pictures are, in decibels; 40 is hard to tell apart. */
function psnr(one: Buffer, other: Buffer): string {
  let squares = 0
  for (let at = 0; at < one.length; at++) squares += ((one[at] ?? 0) - (other[at] ?? 0)) ** 2
  return squares === 0 ? '∞' : (10 * Math.log10(255 ** 2 / (squares / one.length))).toFixed(1)
}
