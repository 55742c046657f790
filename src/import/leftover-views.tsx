import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { number } from './progress-views.tsx'
import type { ListedLeftover, ShownImport, WholeLeftover } from './queries.ts'
import { reasons } from './report.ts'

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
    <AdminLayout page={page} title="Kept aside">
      <p class="quiet">
        <a href={paths.admin.import(found.id)}>{found.file_name}</a>
      </p>
      <h1>Kept aside</h1>
      {isEmpty ? (
        <div class="empty">
          <p>
            {found.state === 'undone'
              ? 'This import was taken back, and what it had kept aside went with it.'
              : 'Nothing was kept aside: everything found its place.'}
          </p>
        </div>
      ) : (
        <>
          <Filter found={found} filter={filter} />
          <p>
            <a href={paths.admin.importLeftoversFile(found.id)}>All of it as a file</a>, one line of JSON for each.
          </p>
        </>
      )}
      {leftovers.length === 0 && !isEmpty && <p class="empty">None like this.</p>}
      <ul class="leftovers">
        {leftovers.map((leftover) => (
          <li>
            <h2>{nameOf(leftover)}</h2>
            <p class="quiet">{reasons[leftover.reason] ?? leftover.reason}</p>
            <Data text={leftover.data?.slice(0, shownLength)} />
            {(leftover.data === null || leftover.data.length > shownLength) && (
              <p class="quiet">
                <a href={paths.admin.importLeftover(found.id, leftover.id)}>All of it</a>
              </p>
            )}
          </li>
        ))}
      </ul>
      <Pager next={next && paths.admin.importLeftovers(found.id, { ...given(filter), after: next })}>More</Pager>
    </AdminLayout>
  )
}

type LeftoverProps = { page: Page; found: ShownImport; leftover: WholeLeftover; wholeLength: number }

export function LeftoverPage({ page, found, leftover, wholeLength }: LeftoverProps): Html {
  const isCut = leftover.data === null || leftover.data.length > wholeLength
  return (
    <AdminLayout page={page} title={nameOf(leftover)}>
      <p class="quiet">
        <a href={paths.admin.importLeftovers(found.id)}>Kept aside</a>
      </p>
      <h1>{nameOf(leftover)}</h1>
      <p class="quiet">{reasons[leftover.reason] ?? leftover.reason}</p>
      {isCut && (
        <p class="notice">
          This is longer than a page can hold. <a href={paths.admin.importLeftoversFile(found.id)}>The file</a> has it
          whole.
        </p>
      )}
      <Data text={leftover.data?.slice(0, wholeLength)} />
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
        <label for="table">Table</label>
        <select id="table" name="table">
          <option value="">all</option>
          {tables.map(({ name }) => (
            <option value={name} selected={name === filter.table}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="reason">Why</label>
        <select id="reason" name="reason">
          <option value="">all</option>
          {[...counts].map(([reason, count]) => (
            <option value={reason} selected={reason === filter.reason}>
              {reasons[reason] ?? reason} ({number(count)})
            </option>
          ))}
        </select>
      </div>
      <button class="second">Show</button>
    </form>
  )
}

function Data({ text }: { text: string | undefined }): Html {
  return text === undefined ? <></> : <pre class="data">{text}</pre>
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
