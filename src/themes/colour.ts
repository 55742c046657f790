// Colours as #rrggbb, how far two stand apart by WCAG 2, and the nearest one that stands far enough.

const written = /^#[0-9a-f]{6}$/

/** In small letters, three digits written as six; undefined for anything else. */
export function colourOf(text: string): string | undefined {
  const colour = text.trim().toLowerCase()
  const whole = /^#[0-9a-f]{3}$/.test(colour) ? colour.replace(/[0-9a-f]/g, '$&$&') : colour
  return written.test(whole) ? whole : undefined
}

/** From 1, the same, to 21, black on white. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/**
 * The same hue, no lighter or darker than it takes, so that `isGood` holds; undefined where no lightness is enough.
 */
export function nearest(colour: string, isGood: (colour: string) => boolean): string | undefined {
  if (isGood(colour)) return colour
  const [lightness, a, b] = toOklab(colour)
  for (let step = 1; step <= steps; step++) {
    const away = step / steps
    // Both ways at once: the smaller change is found first.
    const found = [lightness - away, lightness + away]
      .filter((value) => value >= 0 && value <= 1)
      .map((value) => fromOklab([value, a * fade(value, lightness), b * fade(value, lightness)]))
      .find((candidate) => isGood(candidate))
    if (found) return found
  }
  return ['#000000', '#ffffff'].find((end) => isGood(end))
}

const steps = 400

/** Near black and white there is little room for colour. */
function fade(value: number, before: number): number {
  const room = (at: number) => Math.min(at, 1 - at) + 0.05
  return Math.min(1, room(value) / room(before))
}

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map(linear) as Triple
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

type Triple = [number, number, number]

function channels(colour: string): Triple {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}

function gamma(channel: number): number {
  const inside = Math.min(1, Math.max(0, channel))
  return inside <= 0.0031308 ? inside * 12.92 : 1.055 * inside ** (1 / 2.4) - 0.055
}

// Equal steps of it look equally large: https://bottosson.github.io/posts/oklab/
function toOklab(colour: string): Triple {
  const [red, green, blue] = channels(colour).map(linear) as Triple
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function fromOklab([lightness, a, b]: Triple): string {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  const digits = rgb.map((channel) =>
    Math.round(gamma(channel) * 255)
      .toString(16)
      .padStart(2, '0'),
  )
  return `#${digits.join('')}`
}
