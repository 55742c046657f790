// Texts that the server has not confirmed, kept in this browser. Each open page has a copy of its own, so that two tabs
// cannot overwrite each other's.

export type Fields = [name: string, value: string][]
export type Copy = { key: string; at: number; fields: Fields }

const page = crypto.getRandomValues(new Uint32Array(2)).join('')

/** Tells other tabs that this one is alive and looks after its copy itself. Only where the browser has locks. */
export function holdPage(): void {
  void navigator.locks?.request(`bloggy ${page}`, () => new Promise(() => {}))
}

/** `place` names the person and the post. False when the browser takes no more. */
export function keepCopy(place: string, fields: Fields): boolean {
  try {
    localStorage.setItem(`${place} ${page}`, JSON.stringify({ at: Date.now(), fields }))
    return true
  } catch {
    return false
  }
}

export function dropCopy(place: string): void {
  dropByKey(`${place} ${page}`)
}

export function dropByKey(key: string): void {
  try {
    localStorage.removeItem(key)
  } catch {}
}

/** What pages that are gone left behind, the newest first. */
export async function listLeftCopies(start: string): Promise<Copy[]> {
  const held = await navigator.locks?.query()
  const living = new Set(held?.held?.map(({ name }) => name?.split(' ')[1]))
  const copies: Copy[] = []
  try {
    for (const key of Object.keys(localStorage)) {
      const [place = '', owner = ''] = key.split(' ')
      if (!place.startsWith(start) || owner === page || living.has(owner)) continue
      const { at, fields } = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Copy>
      if (at && fields) copies.push({ key, at, fields })
    }
  } catch {}
  return copies.toSorted((a, b) => b.at - a.at)
}
