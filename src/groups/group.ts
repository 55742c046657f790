// Groups of the older Bloggy: who is in one that is called like a role has the rights of that role.
import { type Static, Type } from 'typebox'
import { Id, Moment, field, resource } from '../api/resource.ts'

export const mostGroups = 500

export const Group = resource('Group', {
  id: field('staff', Id),
  name: field('staff', Type.String()),
  description: field('staff', Type.String()),
  people: field('staff', Type.Integer(), 'How many are in it.'),
  created_at: field('staff', Moment),
})

export const Member = resource('GroupMember', {
  id: field('staff', Id, 'Of the person.'),
  name: field('staff', Type.String()),
  slug: field('staff', Type.String()),
})

const description = Type.String({ maxLength: 300 })
const name = Type.String({ minLength: 1, maxLength: 79, pattern: '\\S' })
export const NewGroup = Type.Object(
  { name, description: Type.Optional(description) },
  { title: 'NewGroup', additionalProperties: false },
)
export const GroupChange = Type.Object({ description }, { title: 'GroupChange', additionalProperties: false })

export const GroupForm = Type.Object({ name, description: Type.Optional(description) })
export const GroupDescriptionForm = Type.Object({ description: Type.Optional(description) })
export type GroupInput = Required<Static<typeof NewGroup>>
