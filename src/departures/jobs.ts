import type { Db } from '../db/pool.ts'
import { goOnWithDeparture } from './queries.ts'

/** Run twice it goes on where the other is: each part is a transaction that holds the departure. */
export async function removePerson(db: Db, { user_id }: { user_id: number }): Promise<void> {
  while (await goOnWithDeparture(db, user_id));
}
