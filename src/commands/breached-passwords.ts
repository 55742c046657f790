// `bloggy breached-passwords`: makes of lists of passwords the file that BREACHED_PASSWORDS names.
import { createReadStream, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { StartError } from '../errors.ts'
import { answer, wrongUse } from './answer.ts'
import { keyOf, makeFilter, writeFilter } from '../passwords/filter.ts'

type Options = { output: string; least: string; json?: boolean }

/** A line is a password, or the SHA-1 of one in hex and how often it was seen, as Have I Been Pwned gives them away. */
export async function buildBreachedPasswords(lists: string[], { output, least, json }: Options): Promise<void> {
  if (!/^\d{1,9}$/.test(least)) throw wrongUse('--least is a number: how often a password was seen at least.')
  const found = new Keys()
  for (const list of lists) await readList(list, Number(least), found)
  const keys = found.all()
  if (keys.length === 0) throw wrongUse('There is no password in these lists.')
  const bytes = writeFilter(makeFilter(keys))
  try {
    writeFileSync(output, bytes)
  } catch (error) {
    throw new StartError(`The file ${output} cannot be written (${(error as NodeJS.ErrnoException).code}).`)
  }
  answer(
    json,
    { file: output, passwords: keys.length, bytes: bytes.length },
    `${output}: ${keys.length.toLocaleString('en')} passwords in ${bytes.length.toLocaleString('en')} bytes.`,
  )
}

async function readList(list: string, least: number, found: Keys): Promise<void> {
  try {
    for await (const line of createInterface({ input: createReadStream(list), crlfDelay: Infinity })) {
      const [, hash, count] = /^([\dA-Fa-f]{40})(?::(\d+))?$/.exec(line) ?? []
      if (hash) {
        if (Number(count ?? least) >= least) found.add(BigInt(`0x${hash.slice(0, 16)}`))
      } else if (line !== '') found.add(keyOf(line))
    }
  } catch (error) {
    throw wrongUse(`The list ${list} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

/** Eight bytes each: a million is little, and a hundred millions are 800 MB. */
class Keys {
  #keys = new BigUint64Array(1 << 16)
  #count = 0

  add(key: bigint): void {
    if (this.#count === this.#keys.length) {
      const more = new BigUint64Array(this.#count * 2)
      more.set(this.#keys)
      this.#keys = more
    }
    this.#keys[this.#count++] = key
  }

  all(): BigUint64Array {
    return this.#keys.subarray(0, this.#count)
  }
}
