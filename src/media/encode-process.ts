// The process that opens a picture somebody sent: started by encode.ts with limits, without secrets, for one file.
import { setPriority } from 'node:os'
import { join } from 'node:path'
import sharp, { type Metadata, type Sharp } from 'sharp'
import type { Encoded, Outcome, Refusal, Task } from './encode.ts'

// Only these decoders are ever reached: what a file is called and what it says of itself opens no other.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['JpegFile', 'PngFile', 'WebpFile', 'NsgifFile'].map((name) => `VipsForeignLoad${name}`),
})
sharp.cache(false)
// Visitors come first.
sharp.concurrency(1)
setPriority(10)

// What the format can hold.
const tallest = 16_383

const task = JSON.parse(process.argv[2] ?? '') as Task
process.stdout.write(JSON.stringify(await encode(task)))

async function encode({ path, folder, limits }: Task): Promise<Outcome> {
  const { mostPixels, mostFrames, mostAnimatedPixels, longestSide } = limits
  const still = { limitInputPixels: mostPixels, failOn: 'error' as const, autoOrient: true }
  let found: Metadata
  try {
    found = await sharp(path, { ...still, limitInputPixels: false }).metadata()
  } catch {
    return refused('unknown')
  }
  if (!['jpeg', 'png', 'webp', 'gif'].includes(found.format)) return refused('unknown')
  const height = found.pageHeight ?? found.height
  const frames = found.pages ?? 1
  const isAnimated = frames > 1
  if (found.width * height > mostPixels || Math.max(found.width, height) > longestSide) return refused('large')
  if (frames > mostFrames || (isAnimated && found.width * height * frames > mostAnimatedPixels)) return refused('long')
  try {
    const open = () =>
      sharp(path, isAnimated ? { ...still, animated: true, limitInputPixels: mostAnimatedPixels } : still)
    const widths = isAnimated ? limits.animatedWidths : limits.widths
    const sizes: Encoded['sizes'] = []
    for (const width of [...widths.filter((width) => width < found.autoOrient.width), widths.at(-1) ?? 0]) {
      const size = await write(open(), width, folder, isAnimated, limits.quality)
      if (!sizes.some((other) => other.width === size.width)) sizes.push(size)
    }
    return { sizes, isAnimated, tones: await tonesOf(sharp(path, still)) }
  } catch {
    return refused('broken')
  }
}

/** Whatever the file says besides its pixels stays behind: place, camera, owner. Its colours become those of the web. */
async function write(image: Sharp, width: number, folder: string, isAnimated: boolean, quality: number) {
  const path = join(folder, `${width}.webp`)
  const { pageHeight, ...info } = await image
    .resize({ width, height: tallest, fit: 'inside', withoutEnlargement: true })
    .webp({ quality, effort: isAnimated ? 2 : 4 })
    .toFile(path)
  return { path, width: info.width, height: pageHeight ?? info.height, bytes: info.size }
}

/** The colours of its four corners, each one of 64; nothing where something shines through. */
async function tonesOf(image: Sharp): Promise<string | null> {
  const small = await image.resize({ width: 32, height: 32, fit: 'fill' }).png().toBuffer()
  sharp.unblock({ operation: ['VipsForeignLoadPngBuffer'] })
  if (!(await sharp(small).stats()).isOpaque) return null
  const raw = await sharp(small)
    .resize({ width: 2, height: 2, fit: 'fill' })
    .removeAlpha()
    .toColorspace('srgb')
    .raw()
    .toBuffer()
  const level = (at: number) => Math.round((raw[at] ?? 0) / 85)
  return [0, 3, 6, 9].map((at) => level(at) * 16 + level(at + 1) * 4 + level(at + 2)).join('-')
}

function refused(reason: Refusal): Outcome {
  return { refused: reason }
}
