// A redirect as programs of the owner see it.
import { Id, Moment, field, orNull, resource } from '../api/resource.ts'
import { Type } from 'typebox'
import { RedirectForm } from './redirect.ts'

export const RedirectShown = resource('Redirect', {
  id: field('owner', Id),
  from_path: field('owner', Type.String(), 'As a browser sends it.'),
  to_address: field('owner', Type.String(), 'A path of this blog, or an address elsewhere.'),
  created_by: field('owner', orNull(Type.String()), 'A name.'),
  created_at: field('owner', Moment),
})

export const NewRedirect = Type.Object(RedirectForm.properties, { title: 'NewRedirect', additionalProperties: false })
