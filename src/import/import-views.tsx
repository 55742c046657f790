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
import { rich, text } from '../texts/texts.ts'

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
    <AdminLayout page={page} title={text('imports.titleOf', { file: file_name })} {...(live && { script: 'live.js' })}>
      <p class="quiet">
        <a href={paths.admin.imports()}>{text('imports.title')}</a>
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
            {report && hasLeftovers(report) ? text('imports.completeKeptAside') : text('imports.completeWhole')}
          </p>
          {outcome.map((sentence) => (
            <p>{sentence}</p>
          ))}
          <NextSteps found={found} />
        </>
      )}
      {undone && <Undone undone={undone} />}
      {report && !live && <Report report={report} />}
      {state === 'complete' && !report && <p class="quiet">{text('imports.noReport')}</p>}
      {state === 'complete' && !live && (
        <section class="danger" aria-label={text('imports.more')}>
          <a class="button second" href={paths.admin.importUndo(id)}>
            {text('imports.takeBackFurther')}
          </a>
        </section>
      )}
    </AdminLayout>
  )
}

function About({ page, found, isLive }: { page: Page; found: ShownImport; isLive: boolean }): Html {
  const { continues_id, started_at, started_by_name, family, file_bytes, report } = found
  const state = isLive && found.state !== 'complete' ? text('imports.running') : stateOf(found, keptAside(report))
  return (
    <p class="quiet">
      {text('imports.line', { id: found.id, state })}
      {' · '}
      {rich('imports.begun', { date: <Minute date={started_at} language={page.site.language} /> })}
      {' · '}
      {started_by_name ?? text('imports.fromCommandLine')}
      {!report && ` · ${family} · ${bytes(file_bytes)}`}
      {continues_id !== null && (
        <>
          {' · '}
          {rich('imports.bringsUpToDate', {
            id: continues_id,
            link: (inside) => <a href={paths.admin.import(continues_id)}>{inside}</a>,
          })}
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
        {found.state === 'failed' ? (found.error ?? text('imports.failedOnly')) : text('imports.interruptedNote')}
      </p>
      {mayGoOn ? (
        <form method="post" action={paths.admin.importContinuation(found.id)}>
          <button>{text('imports.goOn')}</button>
        </form>
      ) : (
        <p>{rich('imports.fileIsGone', { link: (inside) => <a href={paths.admin.imports()}>{inside}</a> })}</p>
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
          <a href={paths.admin.importLeftovers(id)}>{text('imports.lookAtLeftovers')}</a>
        </li>
      )}
      <li>{rich('imports.verifyAgain', { command: <code>{commandLine(`import verify ${id} FILE`)}</code> })}</li>
      <li>{text('imports.keepFile')}</li>
    </ul>
  )
}

function Undone({ undone: { removed, kept } }: { undone: NonNullable<ShownImport['undone']> }): Html {
  const gone = Object.entries(removed).filter(([, rows]) => rows > 0)
  return (
    <>
      <p class="done" role="status">
        {text('imports.takenBackDone')}
      </p>
      <h2>{text('imports.whatWent')}</h2>
      <ul class="plain">
        {gone.map(([table, rows]) => (
          <li>
            {table}: {number(rows)}
          </li>
        ))}
        {gone.length === 0 && <li>{text('imports.nothingWent')}</li>}
      </ul>
      {kept.length > 0 && (
        <>
          <h2>{text('imports.whatStays')}</h2>
          <ul class="plain">
            {kept.map(({ table, rows, why }) => (
              <li>
                {table}: {number(rows)}, {whyKept[why]?.() ?? why}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

/** By what undo.ts says. */
const whyKept: Record<string, () => string> = {
  'changed here since': () => text('imports.keptChanged'),
  'somebody commented here since': () => text('imports.keptCommented'),
  'signed in or changed here since': () => text('imports.keptActive'),
  'wrote something that stays': () => text('imports.keptWriter'),
  'in use': () => text('imports.keptInUse'),
}

export function UndoPage({ page, found }: { page: Page; found: ShownImport }): Html {
  return (
    <AdminLayout page={page} title={text('imports.undoTitle')}>
      <p class="quiet">
        <a href={paths.admin.import(found.id)}>{found.file_name}</a>
      </p>
      <h1>{text('imports.undoQuestion')}</h1>
      <ul class="plain">
        <li>{text('imports.undoRemoves')}</li>
        <li>{text('imports.undoKeeps')}</li>
        <li>{text('imports.undoRights')}</li>
        <li>{text('imports.undoAddresses')}</li>
      </ul>
      <form method="post" action={paths.admin.importUndo(found.id)}>
        <div class="buttons">
          <button class="warning">{text('imports.takeBack')}</button>
          <a class="button second" href={paths.admin.import(found.id)}>
            {text('imports.keep')}
          </a>
        </div>
      </form>
    </AdminLayout>
  )
}
