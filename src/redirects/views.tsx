import { Field, type FormState, FormErrors } from '../html/form.tsx'
import { Day } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { SettingsLayout } from '../settings/settings-layout.tsx'
import { rich, text } from '../texts/texts.ts'
import type { ListedRedirect } from './queries.ts'

type Props = {
  page: Page
  list: { redirects: ListedRedirect[]; next: number | undefined }
  isFirst: boolean
  form?: FormState
}

export function RedirectsPage({ page, list, isFirst, form }: Props): Html {
  return (
    <SettingsLayout page={page} section="redirects" title={text('redirects.title')}>
      <h1>{text('redirects.title')}</h1>
      <p class="quiet">{text('redirects.note')}</p>
      <FormErrors form={form} />
      <form method="post" action={paths.admin.redirects()}>
        <div class="pairs">
          <Field
            form={form}
            name="from_path"
            label={text('redirects.from')}
            hint={text('redirects.fromHint')}
            required
            maxlength={400}
          />
          <Field
            form={form}
            name="to_address"
            label={text('redirects.to')}
            hint={text('redirects.toHint')}
            required
            maxlength={2000}
          />
        </div>
        <button>{text('redirects.save')}</button>
      </form>
      {list.redirects.length === 0 ? (
        <p class="empty">{isFirst ? text('redirects.none') : text('redirects.noOlder')}</p>
      ) : (
        <ul class="rows">
          {list.redirects.map(({ id, from_path, to_address, created_at, by_name }) => (
            <li class="with-action">
              <span>
                <b>{from_path}</b> <span aria-label={text('redirects.leadsTo')}>→</span> {to_address}
              </span>
              <span class="quiet">
                <Since by_name={by_name} day={<Day date={created_at} language={page.site.language} />} />
              </span>
              <form method="post" action={paths.admin.redirectDeletion(id)}>
                <button class="second small" aria-label={text('redirects.deleteFrom', { path: from_path })}>
                  {text('redirects.delete')}
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
      <Pager next={list.next && paths.admin.redirects(list.next)}>{text('redirects.older')}</Pager>
    </SettingsLayout>
  )
}

function Since({ by_name, day }: { by_name: string | null; day: Html }): Html {
  return by_name ? rich('redirects.sinceBy', { day, name: by_name }) : rich('redirects.since', { day })
}
