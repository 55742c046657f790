// Accounts that somebody makes for somebody else, as programs write and see them.
import { Type } from 'typebox'
import { Id, field, resource } from '../api/resource.ts'
import { userFields } from '../users-api/user-resource.ts'
import { Email, Name, NewPassword } from '../users/user.ts'

export const passwordLinks = { most: 5, windowSeconds: 3600 }

export const NewUser = Type.Object(
  {
    name: Name,
    email: Type.String({ ...Email, pattern: '@' }),
    roles: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 79 }), {
        maxItems: 20,
        uniqueItems: true,
        description: 'Their names, in whatever case.',
      }),
    ),
    password: Type.Optional(Type.String({ ...NewPassword, description: 'Chosen for them; on the command line alone' })),
  },
  { title: 'NewUser', additionalProperties: false },
)

const link = {
  is_mailed: field('staff', Type.Boolean(), 'Whether a link to choose a password goes to the mailbox.'),
  link: field('owner', Type.String({ format: 'uri' }), 'Where the command line asked for it; shown once.'),
}

export const UserMade = resource('UserMade', { ...userFields, ...link })
export const PasswordLink = resource('PasswordLink', { id: field('staff', Id), ...link })
