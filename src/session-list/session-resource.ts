// A session as programs see it: for its person, and for who manages people.
import { Type } from 'typebox'
import { Moment, field, orNull, resource } from '../api/resource.ts'
import { deviceOf, placeOf } from './device.ts'
import type { ListedSession } from './queries.ts'

export const sessionPattern = '^[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}$'

export const Session = resource('Session', {
  id: field('own', Type.String({ format: 'uuid' })),
  browser: field('own', orNull(Type.String())),
  system: field('own', orNull(Type.String())),
  place: field('own', orNull(Type.String()), 'The network, not the whole address.'),
  created_at: field('own', Moment),
  last_seen_at: field('own', Moment),
})

export function shownSession({ id, user_agent, ip, created_at, last_seen_at }: ListedSession) {
  const { browser = null, system = null } = deviceOf(user_agent)
  return { id, browser, system, place: placeOf(ip) ?? null, created_at, last_seen_at }
}
