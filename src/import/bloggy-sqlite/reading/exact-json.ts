// JSON with every digit of its numbers, in one order of keys: what went in can be compared with what came out.

type RawJson = { readonly rawJSON: string }
// Not in TypeScript's library yet: https://github.com/tc39/proposal-json-parse-with-source
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => RawJson
  isRawJSON: (value: unknown) => value is RawJson
}

/** A value that JSON.stringify() writes as it was read. Throws what JSON.parse() throws. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? rawJSON(context!.source!) : value,
  )
}

/** Undefined for what is no JSON, and for JSON that PostgreSQL cannot hold or that cannot be compared exactly. */
export function canonicalJson(text: string): string | undefined {
  try {
    return JSON.stringify(canonical(parseExactly(text)))
  } catch {
    return undefined
  }
}

function canonical(value: unknown): unknown {
  if (isRawJSON(value)) return number(value)
  if (typeof value === 'string') return storable(value)
  if (Array.isArray(value)) return value.map(canonical)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, inner]) => [storable(key), canonical(inner)]))
}

function storable(text: string): string {
  if (text.includes('\0') || !text.isWellFormed()) throw new Error('jsonb cannot hold this text.')
  return text
}

function number(raw: RawJson): RawJson | number {
  const value = Number(raw.rawJSON)
  if (/^-?\d+$/.test(raw.rawJSON)) return value === 0 ? 0 : raw
  // 1e30 comes back as a one with thirty zeros, which is not the double that JavaScript makes of it.
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (!isExact) throw new Error('This number cannot be compared.')
  return value
}
