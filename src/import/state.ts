// How an import stands, in the words of the list on the command line and of the pages.
import type { ListedImport } from './queries.ts'
import { text } from '../texts/texts.ts'

type Standing = Pick<ListedImport, 'state' | 'is_rehearsal' | 'is_active'>

/** `keptAside` is how much it has in import_leftovers. */
export function stateOf({ state, is_rehearsal, is_active }: Standing, keptAside = 0): string {
  if (is_rehearsal) return is_active ? text('imports.rehearsalRunning') : text('imports.rehearsalInterrupted')
  if (state === 'running') return is_active ? text('imports.running') : text('imports.interrupted')
  if (state === 'undone') return text('imports.takenBack')
  if (state !== 'complete') return state === 'failed' ? text('imports.failed') : state
  return keptAside > 0 ? text('imports.completeBut', { count: keptAside }) : text('imports.complete')
}
