import { Type } from 'typebox'
import type { Fields } from '../http/validation.ts'
import { text } from '../texts/texts.ts'

export type Permission = {
  id: number
  name: string
  resource: string
  action: string
  scope: string
  description: string
}

/** A form of boxes has a hundred fields at most. */
export const mostPermissions = 90

/** In the order they come in. */
export function byResource<Row extends { resource: string }>(permissions: Row[]): [string, Row[]][] {
  return Object.entries(Object.groupBy(permissions, ({ resource }) => resource)) as [string, Row[]][]
}

const words = (text: string) => text.trim().split(/\s+/)

/** Those that every Bloggy has, and that the program asks for. */
const ofProgram = new Set(
  words(`
    comment.create comment.delete.any comment.delete.own comment.edit.any comment.edit.own comment.moderate comment.read
    permission.assign permission.create permission.delete permission.edit permission.read
    post.create post.delete.any post.delete.own post.edit.any post.edit.own post.publish post.read
    role.assign role.create role.delete role.edit role.read
    user.create user.delete.any user.delete.own user.edit.any user.edit.own user.manage user.read`),
)

export function isOfProgram(name: string): boolean {
  return ofProgram.has(name)
}

/** What somebody here wrote about it, or else what it allows, where the program asks for it. */
export function descriptionOf({ name, description }: { name: string; description: string }): string {
  if (description !== '' || !ofProgram.has(name)) return description
  const [resource, ...deed] = name.split('.')
  const right = deed.join('_')
  switch (resource) {
    case 'comment':
      return text('rights.comment', { right })
    case 'permission':
      return text('rights.permission', { right })
    case 'post':
      return text('rights.post', { right })
    case 'role':
      return text('rights.role', { right })
    default:
      return text('rights.user', { right })
  }
}

export const PermissionForm = Type.Object({
  resource: Type.String({ maxLength: 39 }),
  action: Type.String({ maxLength: 39 }),
  scope: Type.Optional(Type.String({ maxLength: 3 })),
  description: Type.Optional(Type.String({ maxLength: 300 })),
})
export const DescriptionForm = Type.Object({ description: Type.Optional(Type.String({ maxLength: 300 })) })

/** What is wrong with the parts of a name, in words. */
export function namesErrors({ resource = '', action = '', scope = '' }: Fields): Fields {
  const isWord = (part: string) => /^[a-z][a-z0-9_]{0,38}$/.test(part)
  return {
    ...(!isWord(resource) && { resource: text('team.wordHint') }),
    ...(!isWord(action) && { action: text('team.wordHint') }),
    ...(!['', 'own', 'any'].includes(scope) && { scope: text('errors.unknownValue') }),
  }
}
