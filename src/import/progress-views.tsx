import type { Html } from '../html/jsx-runtime.ts'
import { plan } from './bloggy-sqlite/plan.ts'
import { short, timeLeft } from './progress.ts'
import type { ShownImport } from './queries.ts'
import { text } from '../texts/texts.ts'

/** How far something is. The script asks `address` for it again and again. */
export type Live = {
  address: string
  /** Of the page itself. */
  here: string
  sentence: string
  /** Absent while nothing is known yet. */
  work?: Pick<ShownImport, 'step' | 'progress' | 'updated_at'>
}

/** Without the script, a link shows how it is now. */
export function LiveProgress({ address, here, sentence, work }: Live): Html {
  const step = work?.step
  // As it is read; JSON of PostgreSQL has an order of its own.
  const places = new Map(plan.map(({ source }, place) => [source as string, place]))
  const placeOf = ([name]: [string, unknown]) => places.get(name) ?? places.size
  const tables = Object.entries(work?.progress.tables ?? {}).toSorted((a, b) => placeOf(a) - placeOf(b))
  return (
    <section class="live" data-live={address} aria-label={text('imports.progress')}>
      <p class="live-sentence" aria-live="polite" data-part="sentence">
        {step ? wordsOf(step) : sentence}
      </p>
      <div data-part="numbers">
        {step && step.total > 0 ? (
          <>
            <progress aria-label={wordsOf(step)} max={step.total} value={Math.min(doneOf(step, work), step.total)} />
            <p class="quiet">{numbersOf({ ...step, done: doneOf(step, work) }, work.updated_at)}</p>
          </>
        ) : (
          <progress aria-label={step ? wordsOf(step) : sentence} />
        )}
      </div>
      <div data-part="tables">
        {tables.length > 0 && (
          <Scroll label={text('imports.rowsRead')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{text('imports.table')}</th>
                  <th scope="col" align="right">
                    {text('imports.columnRead')}
                  </th>
                  <th scope="col" align="right">
                    {text('imports.columnRows')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {tables.map(([name, { rows, read, isDone }]) => (
                  <tr>
                    <th scope="row">{name}</th>
                    <td align="right">{number(isDone ? rows : nowRead(name, read, step))}</td>
                    <td align="right">{number(rows)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </div>
      <p data-without-script="">
        <a class="button second" href={here}>
          {text('imports.reload')}
        </a>
      </p>
    </section>
  )
}

/**
 * What is wider than the page scrolls in a box of its own, also from the keyboard. A table that `stacks` has its cells
 * below each other on a phone instead.
 */
export function Scroll({ label, stacks, children }: { label: string; stacks?: boolean; children: Html }): Html {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard
    <div class={stacks ? 'scroll stacks' : 'scroll'} role="region" aria-label={label} tabindex={0}>
      {children}
    </div>
  )
}

export const number = (value: number): string => value.toLocaleString('en')

type Step = NonNullable<ShownImport['step']>

function wordsOf({ phase, label }: Step): string {
  const words: Record<Step['phase'], string> = {
    reading: text('imports.stepReading', { table: label }),
    'building indexes': text('imports.stepIndexes'),
    settling: text('imports.stepSettling', { table: label }),
    verifying: text('imports.stepVerifying', { table: label }),
    done: text('imports.stepDone'),
  }
  return words[phase]
}

function numbersOf({ phase, done, total, began_at, began_done }: Step, now: Date): string {
  const seconds = (now.getTime() - Date.parse(began_at)) / 1000
  // Indexes take as long as their tables are large, so they have no rate.
  const isOfRows = phase !== 'building indexes'
  const rate = isOfRows && seconds > 1 ? (done - began_done) / seconds : 0
  return [
    isOfRows ? text('imports.rowsOf', { done, total }) : text('imports.indexesOf', { done, total }),
    text('imports.percent', { percent: Math.floor((done / total) * 100) }),
    rate > 0 ? text('imports.rowsASecond', { rate: short(rate) }) : '',
    rate > 0 && done < total ? timeLeft((total - done) / rate) : '',
  ]
    .filter(Boolean)
    .join(' · ')
}

/** The step is noted now and then, and so are the rows; either may be ahead. */
function doneOf({ phase, label, done }: Step, { progress }: Pick<ShownImport, 'progress'>): number {
  return phase === 'reading' ? Math.max(done, progress.tables?.[label]?.read ?? 0) : done
}

function nowRead(table: string, read: number, step: Step | null | undefined): number {
  return step?.phase === 'reading' && step.label === table ? Math.max(read, step.done) : read
}
