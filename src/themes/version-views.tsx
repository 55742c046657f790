import { Day } from '../html/date.tsx'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import type { ListedTheme } from './queries.ts'

type Props = { page: Page; form: FormState; versions: ListedTheme[]; number: number }

/** What was saved before, the way back to it, and files. */
export function Versions({ page, form, versions, number }: Props): Html {
  const error = form.errors?.file
  return (
    <>
      <section>
        <h2>{text('themes.versions')}</h2>
        <p class="quiet">{versions.length === 0 ? text('themes.noVersions') : text('themes.versionsHint')}</p>
        <ul class="rows">
          {versions.map((version) => (
            <li class="with-action">
              <b>{text('themes.version', { number: String(version.number), name: version.name })}</b>
              <span class="quiet">
                <Day date={version.created_at} language={page.site.language} />
                {version.by_name && ' · '}
                <bdi>{version.by_name}</bdi>
                {version.number === number && ` · ${text('themes.current')}`}
              </span>
              {version.number !== number && (
                <form method="post" action={paths.admin.appearanceVersionRestoration(version.number)}>
                  <button
                    class="second small"
                    aria-label={text('themes.restoreLabel', { number: String(version.number) })}
                  >
                    {text('themes.restore')}
                  </button>
                </form>
              )}
            </li>
          ))}
        </ul>
        {number > 0 && (
          <form method="post" action={paths.admin.appearanceVersionRestoration(0)}>
            <p>
              <button class="second">{text('themes.backToDefault')}</button>
            </p>
          </form>
        )}
      </section>
      <section>
        <h2>{text('themes.file')}</h2>
        <form method="post" action={paths.admin.appearanceFile()} enctype="multipart/form-data">
          <div class="field">
            <label for="file">{text('themes.file')}</label>
            <p class="hint" id="file-hint">
              {text('themes.fileHint')}
            </p>
            <input
              id="file"
              name="file"
              type="file"
              accept="application/json,.json"
              required
              aria-invalid={error ? 'true' : undefined}
              aria-describedby={error ? 'file-hint file-error' : 'file-hint'}
            />
            {error && (
              <p class="error" id="file-error">
                {error}
              </p>
            )}
          </div>
          <button class="second">{text('themes.fileOpen')}</button>
        </form>
        <p>
          <a href={paths.admin.appearanceFile()}>{text('themes.export')}</a>
        </p>
      </section>
    </>
  )
}
