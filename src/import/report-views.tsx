import type { Html } from '../html/jsx-runtime.ts'
import { Scroll, number } from './progress-views.tsx'
import { bytes, duration } from './progress.ts'
import { type ImportReport, type TableReport, changes, fatesOf, proofWords, reasons } from './report.ts'
import { text } from '../texts/texts.ts'

const shownDifferences = 200

/** What an import or a rehearsal did. */
export function Report({ report }: { report: ImportReport }): Html {
  const { file, seconds, tables, proof } = report
  return (
    <div class="report">
      <p class="quiet">
        {file.family} · {bytes(file.bytes)} · {duration(seconds * 1000)}
        {report.was_resumed && ` · ${text('imports.wasResumed')}`}
      </p>
      <h2>{text('imports.whatBecame')}</h2>
      <Fates report={report} />
      <Words heading={text('imports.changesHeading')} tables={tables} kind="changes" words={changes} />
      <Words heading={text('imports.reasonsHeading')} tables={tables} kind="kept_aside" words={reasons} />
      <Proof proof={proof} />
    </div>
  )
}

function Fates({ report: { tables, continues } }: { report: ImportReport }): Html {
  if (tables.length === 0) return <p>{text('imports.noTables')}</p>
  const columns = [['rows', text('imports.rows')] as const, ...fatesOf(continues !== null)]
  return (
    <Scroll label={text('imports.fatesLabel')} stacks>
      <table>
        <thead>
          <tr>
            <th scope="col">{text('imports.table')}</th>
            {columns.map(([, title]) => (
              <th scope="col" align="right">
                {title.replace(/^./, (letter) => letter.toUpperCase())}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tables.map((table) => (
            <tr>
              <th scope="row">{table.name}</th>
              {columns.map(([fate, title]) => (
                <td align="right" class={table[fate] === 0 ? 'none' : undefined} data-unit={title}>
                  {number(table[fate])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

type WordsProps = {
  heading: string
  tables: TableReport[]
  kind: 'changes' | 'kept_aside'
  words: Record<string, () => string>
}

function Words({ heading, tables, kind, words }: WordsProps): Html {
  const lines = tables.flatMap((table) => Object.entries(table[kind]).map(([name, count]) => ({ table, name, count })))
  if (lines.length === 0) return <></>
  return (
    <>
      <h2>{heading}</h2>
      <Scroll label={heading} stacks>
        <table>
          <thead>
            <tr>
              <th scope="col">{text('imports.table')}</th>
              <th scope="col" align="right">
                {kind === 'changes' ? text('imports.columnRows') : text('imports.columnPieces')}
              </th>
              <th scope="col">{text('imports.columnWhat')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ table, name, count }) => (
              <tr>
                <th scope="row">{table.name}</th>
                <td align="right">{number(count)}</td>
                <td class="words">{words[name]?.() ?? name}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  )
}

function Proof({ proof }: { proof: ImportReport['proof'] }): Html {
  const { tables, differences, more_differences } = proof
  const more = more_differences + Math.max(0, differences.length - shownDifferences)
  return (
    <>
      <h2>{text('imports.proof')}</h2>
      <p>{proofWords(proof)}</p>
      {differences.length > 0 && (
        <details open>
          <summary>{text('imports.differences')}</summary>
          <ul class="plain">
            {differences.slice(0, shownDifferences).map(({ table, key, what }) => (
              <li>
                {table} {key}: {what}
              </li>
            ))}
          </ul>
          {more > 0 && <p>{text('imports.andMore', { count: more })}</p>}
        </details>
      )}
      <details>
        <summary>{text('imports.checksums')}</summary>
        {tables.map(({ name, compared, columns }) => (
          <>
            <h3>{text('imports.comparedRows', { table: name, rows: compared })}</h3>
            <Scroll label={text('imports.checksumsOf', { table: name })} stacks>
              <table class="sums">
                <thead>
                  <tr>
                    <th scope="col">{text('imports.column')}</th>
                    <th scope="col">{text('imports.columnFile')}</th>
                    <th scope="col">{text('imports.columnHere')}</th>
                  </tr>
                </thead>
                <tbody>
                  {columns.map((column) => (
                    <tr>
                      <th scope="row">{column.name}</th>
                      <td>
                        <code>{column.file}</code>
                      </td>
                      <td>{column.here === column.file ? text('imports.same') : <code>{column.here}</code>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          </>
        ))}
      </details>
    </>
  )
}
