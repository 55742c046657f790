// The page of an import: how far it is, what it did, and how to take it back.
import { commandLine } from '../command-line.ts'
import { Minute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { type Live, LiveProgress, number } from './progress-views.tsx'
import { bytes } from './progress.ts'
import type { ShownImport } from './queries.ts'
import { Report } from './report-views.tsx'
import { hasLeftovers } from './report.ts'
import { stateOf } from './state.ts'

export type ImportPageProps = {
  page: Page
  found: ShownImport
  live?: Live
  /** Of an import that is not over: whether its file is on this machine. */
  mayGoOn: boolean
  trouble?: string | undefined
  /** What a complete import means for the blog as it is now. */
  outcome?: string[] | undefined
}

export function ImportPage({ page, found, live, mayGoOn, trouble, outcome = [] }: ImportPageProps): Html {
  const { id, file_name, state, report, undone, is_rehearsal } = found
  const isOpen = !live && !is_rehearsal && (state === 'running' || state === 'failed')
  return (
    <AdminLayout page={page} title={`Import of ${file_name}`} {...(live && { script: 'live.js' })}>
      <p class="quiet">
        <a href={paths.admin.imports()}>Imports</a>
      </p>
      <h1>{file_name}</h1>
      {trouble && (
        <p class="error-summary" role="alert">
          {trouble}
        </p>
      )}
      <About page={page} found={found} isLive={live !== undefined} />
      {live && <LiveProgress {...live} />}
      {isOpen && <Open found={found} mayGoOn={mayGoOn} />}
      {state === 'complete' && !live && (
        <>
          <p class={report && hasLeftovers(report) ? 'notice' : 'done'} role="status">
            {report && hasLeftovers(report)
              ? 'Complete. Some of it found no place here and was kept aside.'
              : 'Complete. Everything found its place.'}
          </p>
          {outcome.map((sentence) => (
            <p>{sentence}</p>
          ))}
          <NextSteps found={found} />
        </>
      )}
      {undone && <Undone undone={undone} />}
      {report && !live && <Report report={report} />}
      {state === 'complete' && !report && (
        <p class="quiet">
          Its report is not written yet. If it stays so, the process was stopped right after the import.
        </p>
      )}
      {state === 'complete' && !live && (
        <section class="danger" aria-label="More">
          <a class="button second" href={paths.admin.importUndo(id)}>
            Take it back …
          </a>
        </section>
      )}
    </AdminLayout>
  )
}

function About({ page, found, isLive }: { page: Page; found: ShownImport; isLive: boolean }): Html {
  const { continues_id, started_at, started_by_name, family, file_bytes, report } = found
  return (
    <p class="quiet">
      Import {found.id}, {isLive && found.state !== 'complete' ? 'running' : stateOf(found, keptAside(report))} · begun{' '}
      <Minute date={started_at} language={page.site.language} /> · {started_by_name ?? 'from the command line'}
      {!report && ` · ${family} · ${bytes(file_bytes)}`}
      {continues_id !== null && (
        <>
          {' '}
          · brings up to date what <a href={paths.admin.import(continues_id)}>import {continues_id}</a> brought
        </>
      )}
    </p>
  )
}

function keptAside(report: ShownImport['report']): number {
  const counts = (report?.tables ?? []).flatMap(({ kept_aside }) => Object.values(kept_aside))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Interrupted or failed. */
function Open({ found, mayGoOn }: { found: ShownImport; mayGoOn: boolean }): Html {
  return (
    <>
      <p class="error-summary" role="status">
        {found.state === 'failed'
          ? (found.error ?? 'It failed.')
          : 'It was interrupted. Nothing of it is public yet, and nothing is lost: it goes on from where it was.'}
      </p>
      {mayGoOn ? (
        <form method="post" action={paths.admin.importContinuation(found.id)}>
          <button>Go on</button>
        </form>
      ) : (
        <p>
          Its file is not on this machine any more. <a href={paths.admin.imports()}>Upload it again</a> and choose
          “Import”, or start the same command again: it goes on from where it was.
        </p>
      )}
    </>
  )
}

function NextSteps({ found }: { found: ShownImport }): Html {
  const { id, report } = found
  return (
    <ul class="plain">
      {report && hasLeftovers(report) && (
        <li>
          <a href={paths.admin.importLeftovers(id)}>Look at what was kept aside</a>
        </li>
      )}
      <li>
        <code>{commandLine(`import verify ${id} FILE`)}</code> compares it with the file again.
      </li>
      <li>Keep the old file.</li>
    </ul>
  )
}

function Undone({ undone: { removed, kept } }: { undone: NonNullable<ShownImport['undone']> }): Html {
  const gone = Object.entries(removed).filter(([, rows]) => rows > 0)
  return (
    <>
      <p class="done" role="status">
        Taken back.
      </p>
      <h2>What went</h2>
      <ul class="plain">
        {gone.map(([table, rows]) => (
          <li>
            {table}: {number(rows)}
          </li>
        ))}
        {gone.length === 0 && <li>Nothing: everything it brought is in use.</li>}
      </ul>
      {kept.length > 0 && (
        <>
          <h2>What stays</h2>
          <ul class="plain">
            {kept.map(({ table, rows, why }) => (
              <li>
                {table}: {number(rows)}, {why}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

export function UndoPage({ page, found }: { page: Page; found: ShownImport }): Html {
  return (
    <AdminLayout page={page} title="Take an import back">
      <p class="quiet">
        <a href={paths.admin.import(found.id)}>{found.file_name}</a>
      </p>
      <h1>Take this import back?</h1>
      <ul class="plain">
        <li>Posts, comments, people and rights that it brought are removed from the blog, with their leftovers.</li>
        <li>
          What somebody here has changed since stays: edited posts, posts with new comments, people who signed in.
        </li>
        <li>Roles, memberships and linked accounts of people who go are gone with them.</li>
        <li>Addresses of what goes lead nowhere. The old file can be imported again.</li>
      </ul>
      <form method="post" action={paths.admin.importUndo(found.id)}>
        <div class="buttons">
          <button class="warning">Take it back</button>
          <a class="button second" href={paths.admin.import(found.id)}>
            Keep it
          </a>
        </div>
      </form>
    </AdminLayout>
  )
}
