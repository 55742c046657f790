import { parseArgs } from 'node:util'

export type Options = {
  /** Names and numbers. */
  chosen: string[]
  isShort: boolean
  isList: boolean
  rate: number
  json: string | undefined
}

export const help = `npm run faults [-- options] [NAME or NUMBER …]: two instances of Bloggy and a PostgreSQL under load, and faults.
See docs/reliability.md.

  --list        the faults, with their names and numbers
  --short       a few of them, briefly; with names or numbers, those briefly
  --rate N      requests a second, a tenth of them writes (200)
  --json FILE   for the results (faults/results/latest.json)
  --help        this

A range is 1-14. Exit code 0 when every fault is survived or cannot be tried here, 1 when one is not.
`

/** Throws an Error for the terminal when the words make no sense; undefined when help is asked for. */
export function readOptions(words: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      rate: { type: 'string', default: '200' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  if (!/^[1-9]\d{0,4}$/.test(values.rate ?? '')) throw new Error('--rate is a whole number from 1 on.')
  return {
    chosen: positionals,
    isShort: values.short === true,
    isList: values.list === true,
    rate: Number(values.rate),
    json: values.json,
  }
}

/** Throws an Error where a word names none. */
export function choose<T extends { number: number; name: string }>(all: readonly T[], words: readonly string[]): T[] {
  const isMeant = words.map((word) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? []
    const means = ({ number, name }: T) =>
      from === undefined ? name.includes(word) : number >= Number(from) && number <= Number(to ?? from)
    if (!all.some(means)) throw new Error(`No fault is called ${word}. \`npm run faults -- --list\` has them all.`)
    return means
  })
  return all.filter((fault) => isMeant.some((means) => means(fault)))
}
