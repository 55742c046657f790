// One picture on its way to the library.
import { filled, words } from './words.ts'

export type Sent = { url: string; markdown?: string; alt?: string }

/** A sentence with a place for the name of the picture. */
class Refusal extends Error {}

/** Fails with what whyNot() makes a sentence of. By hand, because fetch() does not tell how far it is. */
export function upload(file: File, address: string, onProgress: (share: number) => void): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const body = new FormData()
    body.append('file', file)
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total ? loaded / total : 0))
    request.addEventListener('error', () => reject(new Refusal(words.notTakenNoAnswer)))
    request.addEventListener('load', () => {
      const answer = read(request.responseText)
      if (request.status === 201 && answer.url) resolve(answer as Sent)
      else if (request.status === 404 || request.status === 405) reject(new Refusal(words.notTakenNone))
      else if (request.status === 413) reject(new Refusal(words.notTakenTooLarge))
      else if (answer.error) reject(new Error(answer.error.message))
      else reject(new Refusal(filled(words.notTakenStatus, { status: request.status })))
    })
    request.open('POST', address)
    request.setRequestHeader('accept', 'application/json')
    request.send(body)
  })
}

/** The whole sentence. */
export function whyNot(name: string, error: unknown): string {
  if (error instanceof Refusal) return filled(error.message, { name })
  return filled(words.notTaken, { name, reason: error instanceof Error ? error.message : String(error) })
}

function read(text: string): Partial<Sent> & { error?: { message: string } } {
  try {
    return JSON.parse(text) as Partial<Sent>
  } catch {
    return {}
  }
}
