// Answers of the API as a person reads them in a terminal.

type Row = Record<string, unknown>

const widest = 48
/** A line with less on it has room for a part of the next column. */
const leastRoom = 60

// What tells one row from another, in this order; of other fields, the first ones that are short.
const telling = [
  'id',
  'number',
  'title',
  'name',
  'email',
  'slug',
  'task',
  'state',
  'last_error',
  'kind',
  'author',
  'roles',
  'action',
  'body',
]
const dates = ['published_at', 'created_at', 'updated_at', 'expires_at', 'last_used_at']
const mostColumns = 7

/** A line for each row, with what says most in few words; on a terminal so much of it as a line takes. */
export function printList({ data, next }: { data: Row[]; next: string | null }, columns = Infinity): string {
  if (data.length === 0) return 'There is nothing.'
  const all = columnsOf(data)
  const found = [all, ...data.map((row) => all.map((name) => short(row[name])))]
  const needed = all.map((_, at) => Math.max(...found.map((row) => lengthOf(row[at] ?? ''))))
  const sum = (count: number) => needed.slice(0, count).reduce((all, width) => all + width + 2, -2)
  let most = all.length
  while (most > 1 && sum(most) > columns && sum(most - 1) >= Math.min(columns, leastRoom)) most--
  const names = all.slice(0, most)
  // The last column has what is left of the line.
  const last = Math.max(10, columns - sum(most - 1) - 2)
  const cells = found.map((row) =>
    row.slice(0, most).map((cell, at) => (at === most - 1 && most > 1 ? cutTo(cell, last) : cell)),
  )
  const widths = names.map((_, at) => Math.max(...cells.map((row) => lengthOf(row[at] ?? ''))))
  const padded = (cell: string, at: number) => cell + ' '.repeat((widths[at] ?? 0) - lengthOf(cell))
  const lines = cells.map((row) => row.map(padded).join('  ').trimEnd())
  return [...lines, ...(next ? ['', 'There is more: --all, or --cursor with what --json says is next.'] : [])].join(
    '\n',
  )
}

function columnsOf(data: Row[]): string[] {
  const there = Object.keys(data[0] ?? {})
  const known = telling.filter((name) => there.includes(name))
  const moments = dates.filter((name) => there.includes(name)).slice(0, 2)
  const others = there.filter((name) => !telling.includes(name) && !dates.includes(name))
  const isPlain = (name: string) => data.every((row) => typeof row[name] !== 'string' || String(row[name]).length <= 60)
  const room = Math.max(0, mostColumns - known.length - moments.length)
  return [...known, ...others.filter((name) => isPlain(name) && name !== 'url').slice(0, room), ...moments]
}

/** A line for each field; long texts below their names. */
export function printOne(row: Row): string {
  const width = Math.max(...Object.keys(row).map((name) => name.length))
  return Object.entries(row)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? printable(value) : written(value)
      return text.includes('\n') ? `${name}:\n${text.replace(/^/gm, '  ')}` : `${name.padEnd(width)}  ${text}`
    })
    .join('\n')
}

function short(value: unknown): string {
  return cutTo(written(value), widest)
}

function cutTo(text: string, most: number): string {
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text
}

function written(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(nameOf).join(', ') || '–'
  return typeof value === 'object' ? nameOf(value) : printable(String(value)).replaceAll('\n', ' ')
}

/** Of a tag or a person, what people call it. */
function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return printable(String(value))
  const { name, title, slug } = value as Row
  return printable(String(name ?? title ?? slug ?? JSON.stringify(value)))
}

/** Nothing that a stranger wrote moves the cursor or colours the terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{Control}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '')
}

function lengthOf(text: string): number {
  return [...new Intl.Segmenter().segment(text)].length
}
