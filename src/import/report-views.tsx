import type { Html } from '../html/jsx-runtime.ts'
import { Scroll, number } from './progress-views.tsx'
import { bytes, duration } from './progress.ts'
import { type ImportReport, type TableReport, changes, fatesOf, proofWords, reasons } from './report.ts'

const shownDifferences = 200

/** What an import or a rehearsal did. */
export function Report({ report }: { report: ImportReport }): Html {
  const { file, seconds, tables, proof } = report
  return (
    <div class="report">
      <p class="quiet">
        {file.family} · {bytes(file.bytes)} · {duration(seconds * 1000)}
        {report.was_resumed && ' · went on where it was interrupted'}
      </p>
      <h2>What became of the rows</h2>
      <Fates report={report} />
      <Words heading="What was changed on the way" tables={tables} kind="changes" words={changes} />
      <Words heading="What was kept aside" tables={tables} kind="kept_aside" words={reasons} />
      <Proof proof={proof} />
    </div>
  )
}

function Fates({ report: { tables, continues } }: { report: ImportReport }): Html {
  if (tables.length === 0) return <p>The file holds no tables: every one was dropped.</p>
  const columns = [['rows', 'rows'] as const, ...fatesOf(continues !== null)]
  return (
    <Scroll label="Rows by table and fate" stacks>
      <table>
        <thead>
          <tr>
            <th scope="col">Table</th>
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
  words: Record<string, string>
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
              <th scope="col">Table</th>
              <th scope="col" align="right">
                {kind === 'changes' ? 'Rows' : 'Pieces'}
              </th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ table, name, count }) => (
              <tr>
                <th scope="row">{table.name}</th>
                <td align="right">{number(count)}</td>
                <td class="words">{words[name] ?? name}</td>
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
      <h2>Proof</h2>
      <p>{proofWords(proof)}</p>
      {differences.length > 0 && (
        <details open>
          <summary>Differences</summary>
          <ul class="plain">
            {differences.slice(0, shownDifferences).map(({ table, key, what }) => (
              <li>
                {table} {key}: {what}
              </li>
            ))}
          </ul>
          {more > 0 && <p>And {number(more)} more.</p>}
        </details>
      )}
      <details>
        <summary>All checksums</summary>
        {tables.map(({ name, compared, columns }) => (
          <>
            <h3>
              {name}, {number(compared)} rows
            </h3>
            <Scroll label={`Checksums of ${name}`} stacks>
              <table class="sums">
                <thead>
                  <tr>
                    <th scope="col">Column</th>
                    <th scope="col">In the file</th>
                    <th scope="col">Here</th>
                  </tr>
                </thead>
                <tbody>
                  {columns.map((column) => (
                    <tr>
                      <th scope="row">{column.name}</th>
                      <td>
                        <code>{column.file}</code>
                      </td>
                      <td>{column.here === column.file ? 'the same' : <code>{column.here}</code>}</td>
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
