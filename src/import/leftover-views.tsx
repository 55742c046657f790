import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { number } from './progress-views.tsx'
import type { ListedLeftover, ShownImport, WholeLeftover } from './queries.ts'
import { reasons } from './report.ts'
import { rich, text } from '../texts/texts.ts'

export type LeftoverFilter = { table?: string | undefined; reason?: string | undefined }

type LeftoversProps = {
  page: Page
  found: ShownImport
  leftovers: ListedLeftover[]
  next: number | undefined
  filter: LeftoverFilter
  shownLength: number
}

export function LeftoversPage({ page, found, leftovers, next, filter, shownLength }: LeftoversProps): Html {
  // An undo takes them all, whatever the report counted.
  const isEmpty = found.state === 'undone' || (leftovers.length === 0 && !filter.table && !filter.reason)
  return (
    <AdminLayout page={page} title={text('imports.keptAside')}>
      <p class="quiet">
        <a href={paths.admin.import(found.id)}>{found.file_name}</a>
      </p>
      <h1>{text('imports.keptAside')}</h1>
      {isEmpty ? (
        <div class="empty">
          <p>{found.state === 'undone' ? text('imports.leftoversTakenBack') : text('imports.noLeftovers')}</p>
        </div>
      ) : (
        <>
          <Filter found={found} filter={filter} />
          <p>
            {rich('imports.leftoversFile', {
              link: (inside) => <a href={paths.admin.importLeftoversFile(found.id)}>{inside}</a>,
            })}
          </p>
        </>
      )}
      {leftovers.length === 0 && !isEmpty && <p class="empty">{text('imports.noneLikeThis')}</p>}
      <ul class="leftovers">
        {leftovers.map((leftover) => (
          <li>
            <h2>{nameOf(leftover)}</h2>
            <p class="quiet">{reasons[leftover.reason]?.() ?? leftover.reason}</p>
            <Data written={leftover.data?.slice(0, shownLength)} />
            {(leftover.data === null || leftover.data.length > shownLength) && (
              <p class="quiet">
                <a href={paths.admin.importLeftover(found.id, leftover.id)}>{text('imports.allOfIt')}</a>
              </p>
            )}
          </li>
        ))}
      </ul>
      <Pager next={next && paths.admin.importLeftovers(found.id, { ...given(filter), after: next })}>
        {text('imports.more')}
      </Pager>
    </AdminLayout>
  )
}

type LeftoverProps = { page: Page; found: ShownImport; leftover: WholeLeftover; wholeLength: number }

export function LeftoverPage({ page, found, leftover, wholeLength }: LeftoverProps): Html {
  const isCut = leftover.data === null || leftover.data.length > wholeLength
  return (
    <AdminLayout page={page} title={nameOf(leftover)}>
      <p class="quiet">
        <a href={paths.admin.importLeftovers(found.id)}>{text('imports.keptAside')}</a>
      </p>
      <h1>{nameOf(leftover)}</h1>
      <p class="quiet">{reasons[leftover.reason]?.() ?? leftover.reason}</p>
      {isCut && (
        <p class="notice">
          {rich('imports.leftoverIsLong', {
            link: (inside) => <a href={paths.admin.importLeftoversFile(found.id)}>{inside}</a>,
          })}
        </p>
      )}
      <Data written={leftover.data?.slice(0, wholeLength)} />
    </AdminLayout>
  )
}

/** The choices are what the report counted. */
function Filter({ found, filter }: { found: ShownImport; filter: LeftoverFilter }): Html {
  const tables = (found.report?.tables ?? []).filter(({ kept_aside }) => Object.keys(kept_aside).length > 0)
  const counts = new Map<string, number>()
  for (const { kept_aside } of tables) {
    for (const [reason, count] of Object.entries(kept_aside)) counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  if (tables.length === 0) return <></>
  return (
    <form method="get" action={paths.admin.importLeftovers(found.id)} class="filter">
      <div class="field">
        <label for="table">{text('imports.table')}</label>
        <select id="table" name="table">
          <option value="">{text('imports.all')}</option>
          {tables.map(({ name }) => (
            <option value={name} selected={name === filter.table}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="reason">{text('imports.reason')}</label>
        <select id="reason" name="reason">
          <option value="">{text('imports.all')}</option>
          {[...counts].map(([reason, count]) => (
            <option value={reason} selected={reason === filter.reason}>
              {reasons[reason]?.() ?? reason} ({number(count)})
            </option>
          ))}
        </select>
      </div>
      <button class="second">{text('imports.show')}</button>
    </form>
  )
}

function Data({ written }: { written: string | undefined }): Html {
  return written === undefined ? <></> : <pre class="data">{written}</pre>
}

function nameOf({
  source_table,
  source_key,
  source_column,
}: Pick<ListedLeftover, 'source_table' | 'source_key' | 'source_column'>): string {
  return [source_table, source_key ?? '', source_column ?? ''].filter(Boolean).join(' · ')
}

function given(filter: LeftoverFilter): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
