import { commandLine } from '../command-line.ts'
import { Day, Minute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { bytes } from './progress.ts'
import type { ListedImport } from './queries.ts'
import { stateOf } from './state.ts'
import type { Task, Upload } from './uploads.ts'
import { rich, text } from '../texts/texts.ts'

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
    <AdminLayout page={page} title={text('imports.title')} script="live.js">
      <h1>{text('imports.title')}</h1>
      {imports.length === 0 && uploads.length === 0 && (
        <div class="empty">
          <p>{text('imports.empty')}</p>
          <p>{text('imports.intro')}</p>
        </div>
      )}
      {uploads.length > 0 && <Uploads page={page} uploads={uploads} />}
      {imports.length > 0 && (
        <ul class="rows">
          {imports.map((one) => (
            <li>
              <a href={paths.admin.import(one.id)}>{one.file_name}</a>
              <span class="quiet">
                {text('imports.line', { id: one.id, state: stateOf(one, one.counts?.kept_aside) })}
                {' · '}
                {rich('imports.begun', { date: <Minute date={one.started_at} language={page.site.language} /> })}
                {' · '}
                {one.started_by_name ?? text('imports.fromCommandLine')}
              </span>
              <span class="quiet">
                {one.counts && `${countsOf(one.counts, one.continues_id !== null)} · `}
                {one.family}
                {one.continues_id !== null && (
                  <>
                    {' · '}
                    <Continues id={one.continues_id} />
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

function Continues({ id }: { id: number }): Html {
  return rich('imports.continues', { id, link: (inside) => <a href={paths.admin.import(id)}>{inside}</a> })
}

function Uploads({ page, uploads }: Pick<ImportsPageProps, 'page' | 'uploads'>): Html {
  return (
    <>
      <h2>{text('imports.uploads')}</h2>
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
                <button class="second small" aria-label={text('imports.removeUploadOf', { file: upload.file_name })}>
                  {text('imports.removeUpload')}
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
      <h2>{text('imports.title')}</h2>
    </>
  )
}

const choices = (): { task: Task; label: string; hint: string }[] => [
  { task: 'inspection', label: text('imports.chooseInspection'), hint: text('imports.chooseInspectionHint') },
  { task: 'rehearsal', label: text('imports.rehearse'), hint: text('imports.chooseRehearsalHint') },
  { task: 'import', label: text('imports.chooseImport'), hint: text('imports.chooseImportHint') },
]

function UploadForm({ maxBytes, refused }: { maxBytes: number; refused: ImportsPageProps['refused'] }): Html {
  const chosen = choices().find(({ task }) => task === refused?.task)?.task ?? 'inspection'
  return (
    <section class="upload" aria-labelledby="upload-heading">
      <h2 id="upload-heading">{text('imports.uploadHeading')}</h2>
      {refused && (
        <p class="error-summary" role="alert">
          {refused.message}
        </p>
      )}
      <form method="post" action={paths.admin.imports()} enctype="multipart/form-data" data-upload="">
        <fieldset>
          <legend>{text('imports.task')}</legend>
          {choices().map(({ task, label, hint }) => (
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
          <label for="file">{text('imports.file')}</label>
          <p class="hint" id="file-hint">
            {text('imports.fileHint', { most: bytes(maxBytes) })}
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
        <button>{text('imports.upload')}</button>
        <p
          class="hint upload-note"
          role="status"
          data-upload-note=""
          data-too-large={text('imports.largerThanUpload')}
          data-under-way={text('imports.underWay')}
        />
      </form>
      <p class="hint">
        {rich('imports.largerFiles', {
          command: <code>{commandLine('import FILE --inspect')}</code>,
          document: <code>docs/migrating.md</code>,
        })}
      </p>
    </section>
  )
}

function countsOf(counts: NonNullable<ListedImport['counts']>, isCatchUp: boolean): string {
  const { copied, changed, already_there, set_aside } = counts
  const named = [
    copied === 0
      ? []
      : isCatchUp
        ? text('imports.countUpdated', { count: copied })
        : text('imports.countCopied', { count: copied }),
    changed > 0 ? text('imports.countChanged', { count: changed }) : [],
    already_there > 0 ? text('imports.countHere', { count: already_there }) : [],
    set_aside > 0 ? text('imports.countAside', { count: set_aside }) : [],
  ].flat()
  return named.join(', ') || text('imports.noRows')
}

function wordsOf({ task, state, isWaiting }: Upload & { isWaiting: boolean }): string {
  if (isWaiting) return text('imports.uploadWaits')
  const doing = {
    inspection: text('imports.beingInspected'),
    rehearsal: text('imports.beingRehearsed'),
    import: text('imports.beingImported'),
  }
  const done = {
    inspection: text('imports.inspected'),
    rehearsal: text('imports.uploadRehearsed'),
    import: text('imports.imported'),
  }
  if (state === 'refused') return text('imports.refused')
  if (state === 'stopped') return text('imports.stopped')
  return (state === 'running' ? doing : done)[task]
}
