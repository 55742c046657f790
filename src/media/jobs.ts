import type { Db } from '../db/pool.ts'
import { askToRemove, isPlaceFree } from './queries.ts'
import { renderUsesAgain } from '../media-uses/queries.ts'
import type { MediaStore } from './store.ts'

const laterSeconds = 3600

/** Runs twice without harm: a place that was emptied is used by nobody again. */
export async function removeMediaFiles(
  db: Db,
  store: MediaStore,
  { place, media_id }: { place: string; media_id?: number },
): Promise<void> {
  if (await isPlaceFree(db, place, media_id)) return await store.removePlace(place)
  if (media_id === undefined) return
  // A page that was being saved while its picture was replaced still shows the old one.
  await renderUsesAgain(db, media_id)
  await askToRemove(db, { place, media_id }, laterSeconds)
}
