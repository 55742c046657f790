// What the API shows of a noun: every field with who may see it. What is not declared does not leave.
import { createHash } from 'node:crypto'
import { type TObject, type TSchema, Type } from 'typebox'

/**
 * Who sees a field, each also what those before see: `public` everyone who may see the object, `account` who has an
 * account, `own` who it belongs to, `staff` who may look after such objects, `owner` who may do everything.
 */
export const levels = ['public', 'account', 'own', 'staff', 'owner'] as const
export type Level = (typeof levels)[number]

export type Field = { schema: TSchema; level: Level }

/** `description` is for the reference. A level is no default on purpose: each field has to be thought about. */
export function field(level: Level, schema: TSchema, description = ''): Field {
  return { schema: { ...schema, 'x-level': level, ...(description && { description }) } as TSchema, level }
}

export type Resource<Name extends string = string> = {
  title: string
  schema: TObject
  fields: Name[]
  /** What somebody at `level` sees of a row; with `only`, no more than these. `id` is always there. */
  show: (row: Partial<Record<Name, unknown>>, level: Level, only?: ReadonlySet<string>) => Record<string, unknown>
}

export function resource<Name extends string>(title: string, fields: Record<Name, Field>): Resource<Name> {
  const names = Object.keys(fields) as Name[]
  const schema = Type.Object(
    Object.fromEntries(
      names.map((name) => [name, name === 'id' ? fields[name].schema : Type.Optional(fields[name].schema)]),
    ),
    { title, additionalProperties: false },
  )
  return {
    title,
    schema,
    fields: names,
    show: (row, level, only) => {
      const reach = levels.indexOf(level)
      const shown = names.filter(
        (name) => levels.indexOf(fields[name].level) <= reach && (!only || only.has(name) || name === 'id'),
      )
      return Object.fromEntries(shown.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]))
    },
  }
}

/** A name of the state that something is in: another as soon as anything of it that is shown is different. */
export function tagOf(shown: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 22)}"`
}

export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

/** An id that a command takes as a name too: see src/deeds/names.ts. */
export const idOf = (noun: 'users' | 'roles' | 'groups' | 'posts', description = '') =>
  Type.Integer({ ...Id, 'x-noun': noun, ...(description && { description }) })
export const Moment = Type.String({ format: 'date-time' })
/** One that is sent: PostgreSQL has no year 0, and no zone further away. */
export const SentMoment = Type.String({
  format: 'date-time',
  maxLength: 40,
  pattern: '^(?!0000).*([Zz]|[+-](0\\d|1[0-4]):\\d\\d)$',
})
export const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()])
