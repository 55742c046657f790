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
        <a href={paths.admin.imports()}>Imports</a>
      </p>
      <h1>{upload.file_name}</h1>
      {trouble && (
        <p class="error-summary" role="alert">
          {trouble}
        </p>
      )}
      <p class="quiet">
        {bytes(upload.bytes)}, uploaded <Day date={new Date(upload.uploaded_at)} language={page.site.language} /> by{' '}
        {upload.uploaded_by}
        {hasFile && '; kept for a day'}
      </p>
      {live && <LiveProgress {...live} />}
      {!live && upload.state === 'refused' && <Refused upload={upload} />}
      {!live && upload.state === 'stopped' && (
        <p class="error-summary" role="status">
          {upload.message ?? 'It was interrupted. Nothing of it is public; it can be started again.'}
        </p>
      )}
      {!live && inspection && <Found inspection={inspection} />}
      {!live && hasFile && <Next upload={upload} tasks={tasksAfter(props)} />}
      {!live && inspection && <Details inspection={inspection} />}
      {!live && rehearsal && (
        <>
          <p class="done" role="status">
            Rehearsed: {rehearsal.result}. Nothing was kept; the blog is as it was.
          </p>
          {advice && <p class="notice">{advice}</p>}
          {hasFile && <Next upload={upload} tasks={['import']} />}
          <Report report={rehearsal} />
        </>
      )}
      {!live && (
        <section class="danger" aria-label="More">
          <form method="post" action={paths.admin.uploadDeletion(upload.token)}>
            <button class="second">{hasFile ? 'Remove the file' : 'Remove this from the list'}</button>
          </form>
        </section>
      )}
    </AdminLayout>
  )
}

function tasksAfter({ upload, inspection, rehearsal }: UploadPageProps): Task[] {
  if (rehearsal) return []
  if (inspection) return inspection.isEmptied ? [] : ['rehearsal', 'import']
  return upload.task === 'inspection' ? ['inspection', 'rehearsal', 'import'] : ['rehearsal', 'import']
}

const buttons: Record<Task, { label: string; address: (token: string) => string }> = {
  inspection: { label: 'Look at it again', address: paths.admin.uploadInspection },
  rehearsal: { label: 'Rehearse', address: paths.admin.uploadRehearsal },
  import: { label: 'Import it now', address: paths.admin.uploadImport },
}

function Next({ upload, tasks }: { upload: Upload; tasks: Task[] }): Html {
  if (tasks.length === 0) return <></>
  return (
    <div class="buttons next">
      {tasks.map((task) => (
        <form method="post" action={buttons[task].address(upload.token)}>
          <button class={task === 'import' ? undefined : 'second'}>{buttons[task].label}</button>
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
      <p>
        The file was removed here. <a href={paths.admin.imports()}>Upload another</a>.
      </p>
    </>
  )
}

const mostTables = 100

function Found({ inspection: { title, family, isEmptied } }: { inspection: Inspection }): Html {
  return (
    <p class="done" role="status">
      {title}: family {family}. {isEmptied && 'There is nothing in it to import.'}
    </p>
  )
}

function Details({ inspection }: { inspection: Inspection }): Html {
  const { tables, oddities, notLookedAt, journalMode } = inspection
  const rowsOf = (name: string) => tables.find((table) => table.name.toLowerCase() === name)?.rows ?? 0
  return (
    <>
      <dl>
        <dt>Posts</dt>
        <dd>{range(rowsOf('posts'), inspection.posts)}</dd>
        <dt>Comments</dt>
        <dd>{range(rowsOf('comments'), inspection.comments)}</dd>
        <dt>Text</dt>
        <dd>{inspection.encoding}</dd>
        <dt>Pages</dt>
        <dd>
          {number(inspection.pages)} of {number(inspection.pageSize)} bytes, {number(inspection.freePages)} free
        </dd>
        <dt>Journal</dt>
        <dd>{journalMode}</dd>
      </dl>
      <Sentences heading="What is odd" sentences={oddities} />
      <Sentences heading="Not looked at, as it would take too long" sentences={notLookedAt} />
      {tables.length > 0 && (
        <>
          <h2>Tables</h2>
          <Scroll label="Tables of the file" stacks>
            <table>
              <thead>
                <tr>
                  <th scope="col">Table</th>
                  <th scope="col" align="right">
                    Rows
                  </th>
                  <th scope="col">Goes</th>
                </tr>
              </thead>
              <tbody>
                {tables.slice(0, mostTables).map(({ name, rows, kind }) => (
                  <tr>
                    <th scope="row">{name}</th>
                    <td align="right" data-unit="rows">
                      {number(rows)}
                    </td>
                    <td>{goes[kind]}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          {tables.length > mostTables && <p class="quiet">And {number(tables.length - mostTables)} more.</p>}
        </>
      )}
    </>
  )
}

const goes = {
  known: 'into the blog',
  framework: 'to the leftovers; it is the old framework’s own',
  stranger: 'to the leftovers; no Bloggy has it',
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
  return from === to ? `${number(rows)} of ${from}` : `${number(rows)}, from ${from} to ${to}`
}
