// Accounts that leave as programs see them: what they have, what becomes of it, and how far that is.
import { Type } from 'typebox'
import { Id, Moment, field, idOf, orNull, resource } from '../api/resource.ts'
import { commentChoices, postChoices } from './departure.ts'

const count = Type.Integer({ minimum: 0 })

export const Belongings = resource('Belongings', {
  id: field('staff', Id, 'Of the person.'),
  posts: field('staff', count),
  drafts: field('staff', count, 'Of the posts, those that are not public.'),
  comments: field('staff', count),
  reactions: field('staff', count),
  subscriptions: field('staff', count),
  pictures: field('staff', count),
})

export const LeavingPerson = resource('Departure', {
  id: field('staff', Id, 'Of the person.'),
  kind: field('staff', Type.Enum(['merged', 'deleted', 'erased'])),
  into_id: field('staff', orNull(Type.Integer()), 'Who gets what is given.'),
  posts: field('staff', Type.Enum([...postChoices])),
  comments: field('staff', Type.Enum(['give', ...commentChoices])),
  begun_at: field('staff', Moment),
})

export const Merge = Type.Object(
  { into: idOf('users', 'The account that stays.') },
  { title: 'Merge', additionalProperties: false },
)

export const DeletionQuery = Type.Object(
  {
    posts: Type.Optional(
      Type.Enum([...postChoices], {
        description:
          'Give them to whom `to` names, keep them without a name, or put them into the bin. Usually `keep`.',
      }),
    ),
    to: Type.Optional(idOf('users', 'Who gets the posts.')),
    comments: Type.Optional(
      Type.Enum([...commentChoices], {
        description: 'Keep them without a name, or delete their text. Usually `keep`.',
      }),
    ),
  },
  { additionalProperties: false },
)
