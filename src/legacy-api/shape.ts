// The forms in which the older Bloggy took and gave: https://github.com/gi0baro/emmett-rest has them by default.
import type { Code, Problem } from '../api/problem.ts'
import { text } from '../texts/texts.ts'

/** Pages are found by counting from the first, as this interface has it, and that ends somewhere. */
export const deepest = 100_000
const [usualRows, mostRows] = [20, 50]

export type Paging = { offset: number; limit: number; isDescending: boolean }

/** What makes no sense is the usual. */
export function pagingOf(query: unknown): Paging {
  const { page, page_size, sort_by } = (query ?? {}) as Record<string, unknown>
  const size = numberIn(page_size)
  const limit = size !== undefined && size >= 1 && size <= mostRows ? size : usualRows
  const number = Math.max(1, numberIn(page) ?? 1)
  const sorts = typeof sort_by === 'string' ? sort_by.split(',').filter((name) => /^-?id$/.test(name)) : []
  return { offset: (number - 1) * limit, limit, isDescending: sorts[0] === '-id' }
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : undefined
}

/** `total` is capped at `deepest`. */
export type Found<Row> = { rows: Row[]; hasMore: boolean; total: number }

export function listShape(data: unknown[], { hasMore, total }: Pick<Found<unknown>, 'hasMore' | 'total'>) {
  return { data, meta: { object: 'list', has_more: hasMore, total_objects: total } }
}

/** What is wrong, by field. */
export class Refused extends Error {
  readonly status: number
  readonly errors: Record<string, string>

  constructor(status: 400 | 404 | 422, errors: Record<string, string>) {
    super('Refused.')
    this.status = status
    this.errors = errors
  }
}

export const noRecord = () => new Refused(404, { id: 'record not found' })

/** The fields of ours by the names of theirs. */
const renamed: Record<string, string> = { body: 'text' }

export function errorsOf({ code, message, faults }: Problem): Record<string, string> {
  if (code === 'not_found') return { id: 'record not found' }
  const byField = faults.flatMap(({ pointer, detail }) => {
    const name = pointer?.slice(1) ?? ''
    return name === '' ? [] : [[renamed[name] ?? name, detail]]
  })
  return byField.length > 0 ? Object.fromEntries(byField) : { request: message }
}

/** A method or type that an address does not take was not there at all. */
export function statusOf(code: Code, status: number): number {
  return code === 'method_not_allowed' ? 404 : status
}

type Fields = Record<string, unknown>
type Rule = { most: number; isNeeded?: boolean; isOptional?: boolean }

/** The texts of these names that a body has; anything else in it is passed over. Throws what is wrong with them. */
export function textsIn<Name extends string>(body: unknown, rules: Record<Name, Rule>): Partial<Record<Name, string>> {
  const given = fieldsOf(body)
  const found: [string, string][] = []
  const errors: Record<string, string> = {}
  for (const [name, { most, isNeeded, isOptional }] of Object.entries<Rule>(rules)) {
    const value = given[name]
    if (value === undefined && !isNeeded) continue
    const written = writtenOf(value)
    if (written === undefined) errors[name] = text('api.legacyNoText')
    else if (written.trim() === '' && !isOptional) errors[name] = text('api.legacyEmpty')
    else if (written.length > most) errors[name] = text('api.legacyTooLong', { most })
    else found.push([name, written])
  }
  if (Object.keys(errors).length > 0) throw new Refused(422, errors)
  return Object.fromEntries(found) as Partial<Record<Name, string>>
}

/** The id that a body names; null where it names nothing that could be one. */
export function idIn(body: unknown, name: string): number | null | undefined {
  const value = fieldsOf(body)[name]
  if (value === undefined || value === null || value === '') return undefined
  const id = Number(writtenOf(value) ?? Number.NaN)
  return Number.isSafeInteger(id) && id > 0 ? id : null
}

function fieldsOf(body: unknown): Fields {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Fields) : {}
}

function writtenOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed() ? value : undefined
}
