// How an import stands, in the words of the list on the command line and of the pages.
import type { ListedImport } from './queries.ts'

type Standing = Pick<ListedImport, 'state' | 'is_rehearsal' | 'is_active'>

/** `keptAside` is how much it has in import_leftovers. */
export function stateOf({ state, is_rehearsal, is_active }: Standing, keptAside = 0): string {
  if (is_rehearsal) return is_active ? 'a rehearsal, running' : 'a rehearsal, interrupted'
  if (state === 'running') return is_active ? 'running' : 'interrupted'
  if (state === 'undone') return 'taken back'
  return state === 'complete' && keptAside > 0 ? `complete, ${keptAside.toLocaleString('en')} kept aside` : state
}
