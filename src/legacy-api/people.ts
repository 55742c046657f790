import { forbidden } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { namesErrors } from '../permissions/permission-groups.ts'
import { holds } from '../permissions/permission.ts'
import { createPermission, describePermission } from '../permissions/queries.ts'
import { canLookAfterPeople, seesAddresses } from '../permissions/team.ts'
import { changeRole, createRole, deleteRole } from '../roles/queries.ts'
import { isRoleName } from '../roles/role.ts'
import { text } from '../texts/texts.ts'
import { cleanName } from '../users/user.ts'
import { type Collection, actorOf, someone } from './collection.ts'
import { type PersonRow, findPersonRow, findSmall, listPeople, listSmall } from './queries.ts'
import { Refused, listShape, noRecord, textsIn } from './shape.ts'

/** Those who published something; everybody for who looks after people. No hash is read, so none is shown. */
export function users({ db }: App): Collection {
  return {
    noun: 'users',
    list: async (visitor, paging) => {
      const isEverybody = canLookAfterPeople(needs(visitor, 'user.read'))
      const found = await listPeople(db, paging, isEverybody)
      return listShape(
        found.rows.map((row) => shownPerson(row, visitor)),
        found,
      )
    },
    read: async (visitor, id) => {
      const row = await findPersonRow(db, id)
      if (!row || !(row.is_writer || id === visitor?.id || canLookAfterPeople(visitor))) throw noRecord()
      return shownPerson(row, visitor)
    },
  }
}

function shownPerson({ id, email, name, first_name, last_name }: PersonRow, visitor: Visitor | null) {
  const isSeen = visitor !== null && (visitor.id === id || seesAddresses(visitor))
  const names = first_name === null && last_name === null ? [name, ''] : [first_name ?? '', last_name ?? '']
  return { id, email: isSeen ? email : null, first_name: names[0], last_name: names[1] }
}

export function roles({ db }: App): Collection {
  const rules = { name: { most: 79 }, description: { most: 300, isOptional: true } }
  return {
    noun: 'roles',
    list: async (visitor, paging) => await listOf(needs(visitor, 'role.read'), paging),
    read: async (visitor, id) => {
      needs(visitor, 'role.read')
      return await read(id)
    },
    create: async (request) => {
      needs(someone(request), 'role.read', 'role.create')
      const given = textsIn(request.body, { ...rules, name: { ...rules.name, isNeeded: true } })
      const wish = { name: nameOf(given.name ?? ''), description: cleanName(given.description ?? '') }
      return await read(await createRole(db, wish, actorOf(request)))
    },
    update: async (request, id) => {
      const visitor = needs(someone(request), 'role.read', 'role.edit')
      const before = await read(id)
      const { name, description } = textsIn(request.body, rules)
      const wish = {
        name: name === undefined ? before.name : nameOf(name, before.name),
        description: description === undefined ? before.description : cleanName(description),
      }
      await changeRole(db, id, wish, visitor, request.ip)
      return await read(id)
    },
    remove: async (request, id) => {
      const visitor = needs(someone(request), 'role.read', 'role.delete')
      await read(id)
      await deleteRole(db, id, visitor, request.ip)
    },
  }

  async function listOf(_: Visitor, paging: Parameters<typeof listSmall>[2]) {
    const found = await listSmall(db, 'roles', paging)
    return listShape(found.rows.map(dated), found)
  }

  async function read(id: number) {
    const row = await findSmall(db, 'roles', id)
    if (!row) throw noRecord()
    return dated(row) as { name: string; description: string }
  }
}

export function permissions({ db }: App): Collection {
  const word = { most: 39 }
  const rules = {
    resource: word,
    action: word,
    scope: { most: 20, isOptional: true },
    description: { most: 300, isOptional: true },
  }
  return {
    noun: 'roles',
    list: async (visitor, paging) => {
      needs(visitor, 'permission.read')
      const found = await listSmall(db, 'permissions', paging)
      return listShape(found.rows.map(dated), found)
    },
    read: async (visitor, id) => {
      needs(visitor, 'permission.read')
      return await read(id)
    },
    create: async (request) => {
      needs(someone(request), 'permission.read', 'permission.create')
      const isNeeded = true
      const needed = { ...rules, resource: { ...word, isNeeded }, action: { ...word, isNeeded } }
      const { resource = '', action = '', scope = '', description = '' } = textsIn(request.body, needed)
      const parts = { resource, action, scope, description: cleanName(description) }
      const errors = namesErrors(parts)
      if (Object.keys(errors).length > 0) throw new Refused(422, errors)
      return await read((await createPermission(db, parts, actorOf(request))).id)
    },
    update: async (request, id) => {
      needs(someone(request), 'permission.read', 'permission.edit')
      const before = await read(id)
      const given = textsIn(request.body, rules)
      const other = (['resource', 'action', 'scope'] as const).find(
        (name) => given[name] !== undefined && given[name] !== before[name],
      )
      if (other) throw new Refused(422, { [other]: text('api.legacyNamed') })
      if (given.description !== undefined)
        await describePermission(db, id, cleanName(given.description), actorOf(request))
      return await read(id)
    },
  }

  async function read(id: number) {
    const row = await findSmall(db, 'permissions', id)
    if (!row) throw noRecord()
    return dated(row) as { resource: string; action: string; scope: string }
  }
}

function needs(visitor: Visitor | null, ...rights: string[]): Visitor {
  const asking = someone({ visitor })
  if (!rights.every((right) => holds(asking, right))) throw forbidden()
  return asking
}

/** One that stays is taken whatever it is. */
function nameOf(given: string, before?: string): string {
  const name = given.trim()
  if (name === before || isRoleName(name)) return name
  throw new Refused(422, { name: text('team.roleNameHint') })
}

function dated(row: object): Record<string, unknown> {
  const { created_at } = row as { created_at: Date }
  return { ...row, created_at: created_at.toISOString() }
}
