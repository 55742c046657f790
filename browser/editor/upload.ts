// One picture on its way to the library.

export type Sent = { url: string; markdown?: string; alt?: string }

/** Fails with the rest of a sentence that begins with the picture's name. By hand, because fetch() does not tell how far it is. */
export function upload(file: File, address: string, onProgress: (share: number) => void): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const body = new FormData()
    body.append('file', file)
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total ? loaded / total : 0))
    request.addEventListener('error', () => reject(new Error('the blog does not answer. Try it again later.')))
    request.addEventListener('load', () => {
      const answer = read(request.responseText)
      if (request.status === 201 && answer.url) resolve(answer as Sent)
      else if (request.status === 404 || request.status === 405) reject(new Error('this blog cannot take pictures in.'))
      else if (request.status === 413) reject(new Error('it is larger than the blog takes.'))
      else reject(new Error(answer.error?.message ?? `the blog answered ${request.status}.`))
    })
    request.open('POST', address)
    request.setRequestHeader('accept', 'application/json')
    request.send(body)
  })
}

function read(text: string): Partial<Sent> & { error?: { message: string } } {
  try {
    return JSON.parse(text) as Partial<Sent>
  } catch {
    return {}
  }
}
