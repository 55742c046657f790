// What the rounds of bench/import.ts say together, and the table for the terminal.
import { type Spread, range, spread } from './figures.ts'
import type { Floor } from './import-floor.ts'

export type Round = {
  load: string
  import: {
    seconds: number
    phases: Record<string, number>
    peakBytes: number | undefined
    foreignCores: number | undefined
  }
  floor: Floor & { foreignCores: number | undefined }
}

type Summary = {
  copy: { bloggy: Spread; floor: Spread; ratio: Spread }
  whole: { bloggy: Spread; floor: Spread; ratio: Spread }
  phases: Record<string, Spread>
  peakBytes: Spread
}

type Shown = {
  machine: { cpus: number; model: string | undefined; node: string; copier: string }
  scale: number
  rows: number
  bytes: { file: number; exported: number; disk: number }
  summary: Summary
  rounds: Round[]
}

const bars = { copy: 0.8, whole: 2, peakBytes: 300e6 }

export function summaryOf(rounds: Round[]): Summary {
  const of = (figure: (round: Round) => number) => spread(rounds.map(figure))
  const copy = ({ import: { phases } }: Round) => phases.reading ?? 0
  const floor = ({ floor: { copySeconds, keySeconds } }: Round) => copySeconds + keySeconds
  const names = Object.keys(rounds[0]?.import.phases ?? {})
  return {
    copy: {
      bloggy: of(copy),
      floor: of((round) => round.floor.copySeconds),
      ratio: of((round) => round.floor.copySeconds / copy(round)),
    },
    whole: {
      bloggy: of((round) => round.import.seconds),
      floor: of(floor),
      ratio: of((round) => round.import.seconds / floor(round)),
    },
    phases: Object.fromEntries(names.map((name) => [name, of(({ import: { phases } }) => phases[name] ?? 0)])),
    peakBytes: of((round) => round.import.peakBytes ?? 0),
  }
}

export function show({ machine, rows, bytes, summary, rounds }: Shown): void {
  const { copy, whole, phases, peakBytes } = summary
  const line = (name: string, ...cells: string[]) =>
    console.log(name.padEnd(34) + cells.map((cell) => cell.padStart(22)).join(''))
  const bar = (isKept: boolean, text: string) => `${text}: ${isKept ? 'kept' : 'missed'}`
  console.log(
    `Seconds, median (least to most) of ${rounds.length} rounds: ${rows.toLocaleString('en')} rows, ${mb(bytes.file)} of SQLite, ` +
      `${mb(bytes.exported)} of COPY. Floor: ${machine.copier}\n`,
  )
  line('', 'Bloggy', 'floor', 'ratio', 'bar')
  line(
    'copy',
    range(copy.bloggy, 2),
    range(copy.floor, 2),
    range(copy.ratio, 2),
    bar(copy.ratio.median >= bars.copy, 'floor/Bloggy ≥ 0.8'),
  )
  line(
    'whole',
    range(whole.bloggy, 2),
    range(whole.floor, 2),
    range(whole.ratio, 2),
    bar(whole.ratio.median <= bars.whole, 'Bloggy/floor ≤ 2'),
  )
  if (peakBytes.most > 0) {
    const megabytes = { median: peakBytes.median / 1e6, least: peakBytes.least / 1e6, most: peakBytes.most / 1e6 }
    line(
      'memory of the process, MB',
      range(megabytes, 0),
      '',
      '',
      bar(peakBytes.most <= bars.peakBytes, 'most ≤ 300 MB'),
    )
  }
  console.log('')
  for (const [name, seconds] of Object.entries(phases)) line(`  ${name}`, range(seconds, 2))
  const known = Object.values(phases).reduce((sum, { median }) => sum + median, 0)
  line('  start, snapshot, looking, end', (whole.bloggy.median - known).toFixed(2))
  console.log(`\nDisk: ${mb(bytes.disk)} in all. Other programs took, in cores, while each ran:`)
  for (const [index, round] of rounds.entries()) {
    const cores = [round.import.foreignCores, round.floor.foreignCores].map((share) => share?.toFixed(2) ?? '?')
    console.log(`  round ${index + 1}: import ${cores[0]}, floor ${cores[1]} (load before: ${round.load})`)
  }
}

function mb(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`
}
