// A request that is sent again is answered as the first time, which showed an object. Whether its person may still see that
// object, and as much of it, is what the endpoint that shows it says now.
import type { Answer, Described } from './endpoint.ts'

export type Look = { endpoint: Described; show: (params: Record<string, unknown>) => Promise<Answer> }

/** False when it cannot be seen any more, or when something is left out of it now that the answer has. */
export async function isStillSeen(
  looks: readonly Look[],
  request: { path: string; schema: unknown },
  { location, body }: Answer,
): Promise<boolean> {
  const found = placesOf(location ?? request.path)
    .map((path) => lookAt(looks, path, request.schema))
    .find((look) => look !== undefined)
  if (!found) return true
  let now: Answer
  try {
    now = await found.look.show(found.params)
  } catch (error) {
    const { kind, code } = error as { kind?: string; code?: string }
    if (['forbidden', 'not_found'].includes(kind ?? code ?? '')) return false
    throw error
  }
  const { answer } = found.look.endpoint
  const isSame = 'schema' in answer && answer.schema === request.schema
  const fields = Object.keys((now.body ?? {}) as object)
  return !isSame || Object.keys((body ?? {}) as object).every((field) => fields.includes(field))
}

/** The object itself, and what it is a part or a deed of, the nearest first. */
function placesOf(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))
}

function lookAt(looks: readonly Look[], path: string, schema: unknown) {
  for (const look of looks) {
    const { answer } = look.endpoint
    // One without a number shows a list, unless it shows just this: `/users/me`.
    if (!look.endpoint.path.includes(':') && !('schema' in answer && answer.schema === schema)) continue
    const names = [...look.endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')
    // Every id is a number: `/posts/changes` is no post.
    const found = new RegExp(`^${look.endpoint.path.replace(/:\w+/g, '([1-9]\\d{0,15})')}$`).exec(path)
    if (!found) continue
    const params = Object.fromEntries(names.map((name, index) => [name, Number(found[index + 1])]))
    return { look, params }
  }
  return undefined
}
