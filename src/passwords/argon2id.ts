// argon2id in PHC string format: https://github.com/P-H-C/phc-string-format
export type Argon2id = { memory: number; passes: number; parallelism: number; nonce: Buffer; tag: Buffer }

// A nonce of 8 to 64 bytes, a tag of 16 to 64.
const shape =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

// Imported hashes say how much work they are; what other programs ask for by default is below this.
const most = { memory: 65_536, passes: 10, parallelism: 4 }

/** Undefined for other forms, and for more work than anybody may ask for. */
export function readArgon2id(text: string): Argon2id | undefined {
  const [, m, t, p, nonce = '', tag = ''] = shape.exec(text) ?? []
  const [memory, passes, parallelism] = [Number(m), Number(t), Number(p)]
  const isSane = memory <= most.memory && passes <= most.passes && parallelism <= most.parallelism
  if (!isSane || memory < 8 * parallelism) return undefined
  return { memory, passes, parallelism, nonce: Buffer.from(nonce, 'base64'), tag: Buffer.from(tag, 'base64') }
}

export function writeArgon2id({ memory, passes, parallelism, nonce, tag }: Argon2id): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
