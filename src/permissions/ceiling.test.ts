import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Rights, isBelow, isWithin, rightsOfPermission, rightsOfRole } from './ceiling.ts'

const rights = (roles: string, permissions = ''): Rights => ({
  roles: new Set(roles.split(' ')),
  permissions: new Set(permissions.split(' ').filter(Boolean)),
})
const owner = rights('admin')
const manager = rights('manager', 'user.read user.manage')
const twin = rights('twin', 'user.manage user.read')
const reader = rights('viewer', 'user.read')
const nobody = rights('viewer')
// A right that has no name yet is the owner's alone.
const other = rights('other', 'newsletter.send')

// Whether the first reaches the second at all, and whether the second is lower.
const table: [name: string, Rights, Rights, within: boolean, below: boolean][] = [
  ['an owner, another owner', owner, owner, true, false],
  ['an owner, a manager', owner, manager, true, true],
  ['an owner, a right of another program', owner, other, true, true],
  ['a manager, an owner', manager, owner, false, false],
  ['a manager, one of the same rights', manager, twin, true, false],
  ['a manager, a reader', manager, reader, true, true],
  ['a manager, somebody with another right', manager, other, false, false],
  ['a reader, a manager', reader, manager, false, false],
  ['a reader, nobody', reader, nobody, true, true],
  ['nobody, nobody', nobody, nobody, true, false],
  ['a manager, the role admin', manager, rightsOfRole({ name: 'Admin', permissions: [] }), false, false],
  ['an owner, the role admin', owner, rightsOfRole({ name: 'ADMIN', permissions: [] }), true, false],
  ['a manager, a role of their rights', manager, rightsOfRole({ name: 'x', permissions: ['user.read'] }), true, true],
  ['a reader, a role with one more', reader, rightsOfRole({ name: 'x', permissions: ['user.manage'] }), false, false],
  ['a reader, a permission they hold', reader, rightsOfPermission('user.read'), true, false],
  ['a reader, one they lack', reader, rightsOfPermission('user.manage'), false, false],
]

for (const [name, visitor, held, within, below] of table)
  test(`the ceiling of ${name}`, () => {
    assert.equal(isWithin(visitor, held), within)
    assert.equal(isBelow(visitor, held), below)
  })
