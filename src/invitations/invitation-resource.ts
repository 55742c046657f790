// An invitation as programs see it: an address, so it is for who sent it and for who sees mailboxes.
import { Type } from 'typebox'
import { Id, Moment, field, orNull, resource } from '../api/resource.ts'
import { Email } from '../users/user.ts'
import { invitationStates } from './invitation.ts'

export const Invitation = resource('Invitation', {
  id: field('own', Id),
  email: field('own', Type.String()),
  role: field('own', Type.String(), 'The name of the role that comes with it.'),
  state: field('own', Type.Enum([...invitationStates])),
  invited_by: field('own', orNull(Type.String()), 'A name; null for somebody who is gone.'),
  created_at: field('own', Moment),
  expires_at: field('own', Moment),
})

export const NewInvitation = Type.Object(
  {
    email: Type.String({ ...Email, pattern: '@' }),
    role: Type.String({ minLength: 1, maxLength: 79, description: 'The name of a role, in whatever case.' }),
  },
  { title: 'NewInvitation', additionalProperties: false },
)
