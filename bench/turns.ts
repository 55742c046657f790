// One figure: Bloggy and its floor in turns, so that both have the machine's good and bad moments.
import { availableParallelism } from 'node:os'
import { type Spread, spread } from './figures.ts'
import { startForeignCpu } from './machine.ts'
import type { Options } from './options.ts'
import type { Progress } from './progress.ts'

export type Bar = { of: 'ratio' | 'bloggy'; least?: number; most?: number }

export type Row = {
  table: string
  name: string
  unit: string
  bloggy: Spread
  floor: Spread | null
  /** Bloggy's figure by the floor's of the same round. */
  ratio: Spread | null
  bar: Bar | null
  isKept: boolean | null
  /** Percent of the whole machine that other programs took, in the most disturbed run that counts. */
  foreign: number
  /** True where that was more than is allowed and repeating did not help. */
  isDisturbed: boolean
  more: Record<string, number | string>
}

export type Task = {
  table: string
  name: string
  /** How long it takes, about. */
  seconds: number
  run: (tools: Tools) => Promise<Row>
}

export type Tools = { options: Options; progress: Progress; signal: AbortSignal }
type Run = () => Promise<number>
type Sides = { bloggy: Run; floor?: Run; warmUp?: () => Promise<unknown> }
type Named = Pick<Task, 'table' | 'name'> & { unit: string; bar?: Bar; more?: () => Row['more'] }

export async function inTurns(
  { options, progress, signal }: Tools,
  { table, name, unit, bar, more }: Named,
  { bloggy, floor, warmUp }: Sides,
): Promise<Row> {
  const figures = { bloggy: [] as number[], floor: [] as number[] }
  let foreign = 0
  progress.say(`${table}, ${name}: warming up`)
  await warmUp?.()
  for (let round = 1; round <= options.rounds; round++) {
    const sides = [['floor', floor] as const, ['bloggy', bloggy] as const]
    // Whoever comes first in one round comes second in the next.
    for (const [who, run] of round % 2 === 0 ? sides.toReversed() : sides) {
      if (!run) continue
      progress.say(`${table}, ${name}: round ${round} of ${options.rounds}, ${who}`)
      const result = await undisturbed(run, options, signal)
      figures[who].push(result.figure)
      foreign = Math.max(foreign, result.foreign)
    }
  }
  const ratios = figures.bloggy.map((figure, round) => figure / (figures.floor[round] ?? NaN))
  return finishRow(
    { table, name, unit, bar: bar ?? null, foreign, isDisturbed: foreign > options.mostForeign },
    {
      bloggy: spread(figures.bloggy),
      floor: floor ? spread(figures.floor) : null,
      ratio: floor ? spread(ratios) : null,
      more: more?.() ?? {},
    },
  )
}

type Head = Pick<Row, 'table' | 'name' | 'unit' | 'bar' | 'foreign' | 'isDisturbed'>

export function finishRow(head: Head, figures: Pick<Row, 'bloggy' | 'floor' | 'ratio' | 'more'>): Row {
  const { bar } = head
  const figure = (bar?.of === 'ratio' ? figures.ratio : figures.bloggy)?.median
  const isKept =
    bar && figure !== undefined ? figure >= (bar.least ?? -Infinity) && figure <= (bar.most ?? Infinity) : null
  return { ...head, ...figures, isKept }
}

/** Of the whole machine. */
export function percentOf(cores: number | undefined): number {
  return Math.round(((cores ?? 0) / availableParallelism()) * 1000) / 10
}

/** Again when other programs were at work; of the tries, the least disturbed counts. */
async function undisturbed(run: Run, { mostForeign, repeats }: Options, signal: AbortSignal) {
  let best: { figure: number; foreign: number } | undefined
  for (let tries = 0; tries <= repeats; tries++) {
    signal.throwIfAborted()
    const look = startForeignCpu()
    const figure = await run()
    const foreign = percentOf(look())
    if (!best || foreign < best.foreign) best = { figure, foreign }
    if (foreign <= mostForeign) break
  }
  return best as { figure: number; foreign: number }
}
