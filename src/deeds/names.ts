// Whatever a command takes the number of may be named: `bloggy user assign-role ben@example.org author`.
import { CommandError } from '../errors.ts'
import type { Named } from './deeds.ts'

/** How each is named, for the help. */
export const ways: Record<Named, string> = {
  users: 'number, e-mail or slug of a person',
  roles: 'number or name of a role',
  groups: 'number or name of a group',
  posts: 'number or slug of a post',
}

const kinds: Record<Named, string> = { users: 'person', roles: 'role', groups: 'group', posts: 'post' }

export type Find = (noun: Named, name: string) => Promise<number | undefined>

/** The number of what is called so; of digits alone, themselves. Throws for nothing. */
export async function numberOf(find: Find, noun: Named | undefined, given: string): Promise<string> {
  if (noun === undefined || /^\d+$/.test(given) || given === 'none') return given
  const id = await find(noun, given)
  if (id === undefined) throw new CommandError(`There is no ${kinds[noun]} called ${given}.`, 3)
  return String(id)
}
