import type { Db } from '../db/pool.ts'
import { noteAppearance } from './queries.ts'

/** Throws when the moment has not come, as after a step back of a clock: the job is tried again later. */
export async function noteScheduledPost(db: Db, { post_id }: { post_id: number }): Promise<void> {
  if (!(await noteAppearance(db, post_id))) throw new Error(`The moment of post ${post_id} has not come yet.`)
}
