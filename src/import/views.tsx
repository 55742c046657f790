import { commandLine } from '../command-line.ts'
import { Day, Minute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { number } from './progress-views.tsx'
import { bytes } from './progress.ts'
import type { ListedImport } from './queries.ts'
import { fatesOf } from './report.ts'
import { stateOf } from './state.ts'
import type { Task, Upload } from './uploads.ts'

export type ImportsPageProps = {
  page: Page
  imports: ListedImport[]
  uploads: (Upload & { isWaiting: boolean })[]
  maxBytes: number
  /** After an upload that was refused: why, and what had been chosen. */
  refused?: { message: string; task: string }
}

export function ImportsPage({ page, imports, uploads, maxBytes, refused }: ImportsPageProps): Html {
  return (
    <AdminLayout page={page} title="Imports" script="live.js">
      <h1>Imports</h1>
      {imports.length === 0 && uploads.length === 0 && (
        <div class="empty">
          <p>Nothing was imported into this blog.</p>
          <p>
            An import brings in the blog of an older Bloggy from its SQLite file: posts, comments, people with their
            passwords, and rights. It says what it did with every row, proves it, and can be taken back.
          </p>
        </div>
      )}
      {uploads.length > 0 && <Uploads page={page} uploads={uploads} />}
      {imports.length > 0 && (
        <ul class="rows">
          {imports.map((one) => (
            <li>
              <a href={paths.admin.import(one.id)}>{one.file_name}</a>
              <span class="quiet">
                Import {one.id}, {stateOf(one, one.counts?.kept_aside)} · begun{' '}
                <Minute date={one.started_at} language={page.site.language} /> ·{' '}
                {one.started_by_name ?? 'from the command line'}
              </span>
              <span class="quiet">
                {one.counts && `${countsOf(one.counts, one.continues_id !== null)} · `}
                {one.family}
                {one.continues_id !== null && (
                  <>
                    {' · '}continues <a href={paths.admin.import(one.continues_id)}>import {one.continues_id}</a>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      <UploadForm maxBytes={maxBytes} refused={refused} />
    </AdminLayout>
  )
}

function Uploads({ page, uploads }: Pick<ImportsPageProps, 'page' | 'uploads'>): Html {
  return (
    <>
      <h2>Uploaded files</h2>
      <ul class="rows">
        {uploads.map((upload) => (
          <li class="with-action">
            <a href={paths.admin.upload(upload.token)}>{upload.file_name}</a>
            <span class="quiet">
              {wordsOf(upload)} · {bytes(upload.bytes)} ·{' '}
              <Day date={new Date(upload.uploaded_at)} language={page.site.language} /> · {upload.uploaded_by}
            </span>
            {upload.state !== 'running' && (
              <form method="post" action={paths.admin.uploadDeletion(upload.token)}>
                <button class="second small" aria-label={`Remove ${upload.file_name}`}>
                  Remove
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
      <h2>Imports</h2>
    </>
  )
}

const choices: { task: Task; label: string; hint: string }[] = [
  { task: 'inspection', label: 'Only look', hint: 'Says what the file is and what is odd about it.' },
  { task: 'rehearsal', label: 'Rehearse', hint: 'Does everything, reports, and takes it all back.' },
  { task: 'import', label: 'Import', hint: 'Brings the blog in. Nothing is public before all of it is proved.' },
]

function UploadForm({ maxBytes, refused }: { maxBytes: number; refused: ImportsPageProps['refused'] }): Html {
  const chosen = choices.find(({ task }) => task === refused?.task)?.task ?? 'inspection'
  return (
    <section class="upload" aria-labelledby="upload-heading">
      <h2 id="upload-heading">Bring in a file</h2>
      {refused && (
        <p class="error-summary" role="alert">
          {refused.message}
        </p>
      )}
      <form method="post" action={paths.admin.imports()} enctype="multipart/form-data" data-upload="">
        <fieldset>
          <legend>What to do with it</legend>
          {choices.map(({ task, label, hint }) => (
            <p class="check">
              <label>
                <input type="radio" name="task" value={task} checked={task === chosen} />
                <span>
                  {label}
                  <span class="quiet"> {hint}</span>
                </span>
              </label>
            </p>
          ))}
        </fieldset>
        <div class="field">
          <label for="file">File of the old blog</label>
          <p class="hint" id="file-hint">
            Such as bloggy.db, {bytes(maxBytes)} at most. Stop the old blog first, or send a copy made while nobody
            wrote.
          </p>
          <input
            id="file"
            type="file"
            name="file"
            required
            data-max={String(maxBytes)}
            aria-invalid={refused ? 'true' : undefined}
            aria-describedby="file-hint"
          />
        </div>
        <button>Upload</button>
        <p class="hint upload-note" role="status" data-upload-note="" />
      </form>
      <p class="hint">
        A larger file, or one that lies beside the blog, comes in on the command line:{' '}
        <code>{commandLine('import FILE --inspect')}</code>. The whole way, from the backup to the way back, is in{' '}
        <code>docs/migrating.md</code>.
      </p>
    </section>
  )
}

function countsOf(counts: NonNullable<ListedImport['counts']>, isCatchUp: boolean): string {
  const named = fatesOf(isCatchUp).filter(([fate]) => counts[fate] > 0)
  return named.map(([fate, words]) => `${number(counts[fate])} ${words}`).join(', ') || 'no rows'
}

function wordsOf({ task, state, isWaiting }: Upload & { isWaiting: boolean }): string {
  if (isWaiting) return 'Waiting to go on'
  const doing = { inspection: 'Being looked at', rehearsal: 'Being rehearsed', import: 'Being imported' }
  const done = { inspection: 'Looked at', rehearsal: 'Rehearsed', import: 'Imported' }
  if (state === 'refused') return 'Refused'
  if (state === 'stopped') return 'Stopped'
  return (state === 'running' ? doing : done)[task]
}
