// A ban as programs see it, who moderate.
import { Type } from 'typebox'
import { Id, Moment, field, orNull, resource } from '../api/resource.ts'
import { longestWho, mostBanDays } from './ban.ts'

export const Ban = resource('Ban', {
  id: field('staff', Id),
  user_id: field('staff', orNull(Type.Integer())),
  name: field('staff', orNull(Type.String()), 'Of the account.'),
  email: field('staff', orNull(Type.String()), 'Of a guest.'),
  network: field('staff', orNull(Type.String()), 'A range of addresses.'),
  reason: field('staff', Type.String(), 'Whoever is banned reads it.'),
  is_in_force: field('staff', Type.Boolean()),
  created_by: field('staff', orNull(Type.String()), 'A name.'),
  created_at: field('staff', Moment),
  expires_at: field('staff', orNull(Moment), 'Null for one until it is ended.'),
})

export const NewBan = Type.Object(
  {
    who: Type.String({
      minLength: 1,
      maxLength: longestWho,
      pattern: '\\S',
      description: 'The slug or name of a person, the e-mail address of a guest, or a range such as `192.0.2.0/24`.',
    }),
    reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
    days: Type.Optional(
      Type.Integer({ minimum: 0, maximum: mostBanDays, description: 'Without, or with 0, until it is ended.' }),
    ),
  },
  { title: 'NewBan', additionalProperties: false },
)
