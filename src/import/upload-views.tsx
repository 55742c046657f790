// The page of an uploaded file: what it is, what is being done with it, and what can be done next.
import { Day } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Inspection } from './bloggy-sqlite/file/inspect.ts'
import { type Live, LiveProgress, Scroll, number } from './progress-views.tsx'
import { bytes } from './progress.ts'
import { Report } from './report-views.tsx'
import type { ImportReport } from './report.ts'
import type { Task, Upload } from './uploads.ts'
import { rich, text } from '../texts/texts.ts'

export type UploadPageProps = {
  page: Page
  upload: Upload
  /** While something is done with the file. */
  live?: Live
  inspection?: Inspection | undefined
  rehearsal?: ImportReport | undefined
  /** What is missing for tokens that the rehearsal set aside. */
  advice?: string | undefined
  hasFile: boolean
  /** Why what was asked for just now was not done. */
  trouble?: string
}

export function UploadPage(props: UploadPageProps): Html {
  const { page, upload, live, inspection, rehearsal, advice, hasFile, trouble } = props
  return (
    <AdminLayout page={page} title={upload.file_name} {...(live && { script: 'live.js' })}>
      <p class="quiet">
        <a href={paths.admin.imports()}>{text('imports.title')}</a>
      </p>
      <h1>{upload.file_name}</h1>
      {trouble && (
        <p class="error-summary" role="alert">
          {trouble}
        </p>
      )}
      <p class="quiet">
        <Uploaded {...props} />
      </p>
      {live && <LiveProgress {...live} />}
      {!live && upload.state === 'refused' && <Refused upload={upload} />}
      {!live && upload.state === 'stopped' && (
        <p class="error-summary" role="status">
          {upload.message ?? text('imports.uploadInterrupted')}
        </p>
      )}
      {!live && inspection && <Found inspection={inspection} />}
      {!live && hasFile && <Next upload={upload} tasks={tasksAfter(props)} />}
      {!live && inspection && <Details inspection={inspection} />}
      {!live && rehearsal && (
        <>
          <p class="done" role="status">
            {rehearsal.result === 'complete' ? text('imports.rehearsed') : text('imports.rehearsedWithLeftovers')}
          </p>
          {advice && <p class="notice">{advice}</p>}
          {hasFile && <Next upload={upload} tasks={['import']} />}
          <Report report={rehearsal} />
        </>
      )}
      {!live && (
        <section class="danger" aria-label={text('imports.more')}>
          <form method="post" action={paths.admin.uploadDeletion(upload.token)}>
            <button class="second">{hasFile ? text('imports.removeFile') : text('imports.removeFromList')}</button>
          </form>
        </section>
      )}
    </AdminLayout>
  )
}

function Uploaded({ page, upload, hasFile }: UploadPageProps): Html {
  const [size, name] = [bytes(upload.bytes), upload.uploaded_by]
  const date = <Day date={new Date(upload.uploaded_at)} language={page.site.language} />
  return hasFile
    ? rich('imports.uploadedAndKept', { size, date, name })
    : rich('imports.uploaded', { size, date, name })
}

function tasksAfter({ upload, inspection, rehearsal }: UploadPageProps): Task[] {
  if (rehearsal) return []
  if (inspection) return inspection.isEmptied ? [] : ['rehearsal', 'import']
  return upload.task === 'inspection' ? ['inspection', 'rehearsal', 'import'] : ['rehearsal', 'import']
}

const buttons: Record<Task, { label: () => string; address: (token: string) => string }> = {
  inspection: { label: () => text('imports.inspectAgain'), address: paths.admin.uploadInspection },
  rehearsal: { label: () => text('imports.rehearse'), address: paths.admin.uploadRehearsal },
  import: { label: () => text('imports.importNow'), address: paths.admin.uploadImport },
}

function Next({ upload, tasks }: { upload: Upload; tasks: Task[] }): Html {
  if (tasks.length === 0) return <></>
  return (
    <div class="buttons next">
      {tasks.map((task) => (
        <form method="post" action={buttons[task].address(upload.token)}>
          <button class={task === 'import' ? undefined : 'second'}>{buttons[task].label()}</button>
        </form>
      ))}
    </div>
  )
}

function Refused({ upload }: { upload: Upload }): Html {
  return (
    <>
      <p class="error-summary" role="alert">
        {upload.message}
      </p>
      <p>{rich('imports.fileRemoved', { link: (inside) => <a href={paths.admin.imports()}>{inside}</a> })}</p>
    </>
  )
}

const mostTables = 100

function Found({ inspection: { title, family, isEmptied } }: { inspection: Inspection }): Html {
  return (
    <p class="done" role="status">
      {text('imports.found', { title, family })} {isEmptied && text('imports.nothingInIt')}
    </p>
  )
}

function Details({ inspection }: { inspection: Inspection }): Html {
  const { tables, oddities, notLookedAt, journalMode } = inspection
  const rowsOf = (name: string) => tables.find((table) => table.name.toLowerCase() === name)?.rows ?? 0
  return (
    <>
      <dl>
        <dt>{text('imports.posts')}</dt>
        <dd>{range(rowsOf('posts'), inspection.posts)}</dd>
        <dt>{text('imports.comments')}</dt>
        <dd>{range(rowsOf('comments'), inspection.comments)}</dd>
        <dt>{text('imports.encoding')}</dt>
        <dd>{inspection.encoding}</dd>
        <dt>{text('imports.pages')}</dt>
        <dd>
          {text('imports.pagesOf', {
            pages: inspection.pages,
            size: inspection.pageSize,
            free: inspection.freePages,
          })}
        </dd>
        <dt>{text('imports.journal')}</dt>
        <dd>{journalMode}</dd>
      </dl>
      <Sentences heading={text('imports.odd')} sentences={oddities} />
      <Sentences heading={text('imports.notLookedAt')} sentences={notLookedAt} />
      {tables.length > 0 && (
        <>
          <h2>{text('imports.tables')}</h2>
          <Scroll label={text('imports.tablesLabel')} stacks>
            <table>
              <thead>
                <tr>
                  <th scope="col">{text('imports.table')}</th>
                  <th scope="col" align="right">
                    {text('imports.columnRows')}
                  </th>
                  <th scope="col">{text('imports.columnGoes')}</th>
                </tr>
              </thead>
              <tbody>
                {tables.slice(0, mostTables).map(({ name, rows, kind }) => (
                  <tr>
                    <th scope="row">{name}</th>
                    <td align="right" data-unit={text('imports.rows')}>
                      {number(rows)}
                    </td>
                    <td>{goes[kind]()}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          {tables.length > mostTables && (
            <p class="quiet">{text('imports.andMore', { count: tables.length - mostTables })}</p>
          )}
        </>
      )}
    </>
  )
}

const goes = {
  known: () => text('imports.goesHere'),
  framework: () => text('imports.goesFramework'),
  stranger: () => text('imports.goesStranger'),
}

function Sentences({ heading, sentences }: { heading: string; sentences: string[] }): Html {
  if (sentences.length === 0) return <></>
  return (
    <>
      <h2>{heading}</h2>
      <ul class="plain">
        {sentences.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
    </>
  )
}

function range(rows: number, dates: { first: string; last: string } | null): string {
  if (rows === 0 || !dates) return number(rows)
  const [from, to] = [dates.first.slice(0, 10), dates.last.slice(0, 10)]
  return from === to ? text('imports.datedOne', { rows, day: from }) : text('imports.dated', { rows, from, to })
}
