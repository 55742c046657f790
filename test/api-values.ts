// What a program might send, by the schema of what it should: mostly right, sometimes wrong, at times hostile.
import type { Chance } from './legacy/random-values.ts'

export type Schema = {
  $ref?: string
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  minItems?: number
  minProperties?: number
  'x-level'?: string
}

const hostile = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\u202e',
  '字',
  '😀'.repeat(20),
  "' or 1=1 --",
  '"; drop table posts; --',
  '$1',
  '%s%n',
  '{{7*7}}',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '[x](javascript:alert(1))',
  'a'.repeat(5000),
  '['.repeat(2000),
  '__proto__',
  'null',
  'NaN',
  '1e309',
  '-1',
  '0x10',
  '٣',
  'a\r\nset-cookie: x=y',
  '//evil.example',
]
const wrong = [null, true, 0, -1, 1.5, 1e300, 2 ** 53 + 2, '', 'x', [], {}, [[]], { a: 1 }]
const plain = [
  'one',
  'Two words',
  'a-slug',
  'de',
  'https://pages.example/x',
  'ada@example.com',
  '2026-11-23',
  '# A *text*',
]
const moments = [
  '2026-11-23T10:00:00Z',
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '2024-02-29T12:00:00+05:30',
]

export type Values = {
  chance: Chance
  schemas: Record<string, Schema>
  /** Ids that were seen in answers. */
  ids: number[]
}

export function valueOf(schema: Schema, values: Values, depth = 0): unknown {
  const { chance, schemas, ids } = values
  if (chance.happens(0.01)) return chance.pick(wrong)
  if (schema.$ref) return valueOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, values, depth)
  if (schema.anyOf) return valueOf(chance.pick(schema.anyOf), values, depth)
  if (schema.enum) return chance.pick(schema.enum)
  if (schema.const !== undefined) return schema.const
  switch (schema.type) {
    case 'object': {
      const required = new Set(schema.required)
      const shown = Object.entries(schema.properties ?? {}).filter(([name]) =>
        chance.happens(required.has(name) ? 0.97 : 0.35),
      )
      const object = Object.fromEntries(shown.map(([name, field]) => [name, valueOf(field, values, depth + 1)]))
      return chance.happens(0.02) ? { ...object, [chance.pick(['id', 'constructor', 'is_admin', ''])]: 1 } : object
    }
    case 'array': {
      const most = Math.min(schema.maxItems ?? 5, chance.happens(0.03) ? 120 : 4)
      return Array.from({ length: chance.below(most + 1) }, () => valueOf(schema.items ?? {}, values, depth + 1))
    }
    case 'integer':
      if (ids.length > 0 && chance.happens(0.6)) return chance.pick(ids)
      return chance.pick([1, 2, 3, 20, 100, schema.minimum ?? 0, schema.maximum ?? 1000])
    case 'number':
      return chance.next() * 100
    case 'boolean':
      return chance.happens(0.5)
    case 'null':
      return null
    default:
      return textOf(schema, chance)
  }
}

function textOf({ format, pattern, maxLength }: Schema, chance: Chance): string {
  if (chance.happens(0.04)) return chance.pick(hostile)
  if (format === 'date-time') return chance.pick(moments)
  const fits = plain.filter(
    (text) => (!pattern || new RegExp(pattern, 'u').test(text)) && text.length <= (maxLength ?? 1e6),
  )
  if (fits.length > 0) return chance.pick(fits)
  return pattern
    ? chance.pick(['id', 'id,title', 'a,b', '1', '2026-11-23', ...hostile])
    : 'x'.repeat(Math.min(maxLength ?? 1, 5))
}

/** The least that a schema takes. */
export function leastOf(schema: Schema, schemas: Record<string, Schema>): unknown {
  if (schema.$ref) return leastOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas)
  if (schema.anyOf) return leastOf(schema.anyOf[0] ?? {}, schemas)
  if (schema.enum) return schema.enum[0]
  if (schema.type === 'array') return (schema.minItems ?? 0) > 0 ? [leastOf(schema.items ?? {}, schemas)] : []
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1
  if (schema.type === 'boolean') return true
  // Nobody's yet.
  if (schema.pattern === '@') return `${crypto.randomUUID()}@example.com`
  if (schema.type !== 'object')
    return plain.find((text) => !schema.pattern || new RegExp(schema.pattern, 'u').test(text)) ?? 'x'
  const names = Object.keys(schema.properties ?? {})
  const needed = schema.required ?? names.slice(0, schema.minProperties ?? 0)
  return Object.fromEntries(needed.map((name) => [name, leastOf(schema.properties?.[name] ?? {}, schemas)]))
}
