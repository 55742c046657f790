import { Field, type FormState, FormErrors } from '../html/form.tsx'
import { Day } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import type { ListedRedirect } from './queries.ts'

type Props = {
  page: Page
  list: { redirects: ListedRedirect[]; next: number | undefined }
  isFirst: boolean
  form?: FormState
}

export function RedirectsPage({ page, list, isFirst, form }: Props): Html {
  return (
    <AdminLayout page={page} title="Redirects">
      <h1>Redirects</h1>
      <p class="quiet">
        Where readers go who follow an address that is not here. A post whose address changes is found by itself.
      </p>
      <FormErrors form={form} />
      <form method="post" action={paths.admin.redirects()}>
        <div class="pairs">
          <Field
            form={form}
            name="from_path"
            label="From"
            hint="An address of this blog, such as /old-page."
            required
            maxlength={400}
          />
          <Field
            form={form}
            name="to_address"
            label="To"
            hint="/… on this blog, or a whole address."
            required
            maxlength={2000}
          />
        </div>
        <button>Save</button>
      </form>
      {list.redirects.length === 0 ? (
        <p class="empty">{isFirst ? 'None so far.' : 'No older ones.'}</p>
      ) : (
        <ul class="rows">
          {list.redirects.map(({ id, from_path, to_address, created_at, by_name }) => (
            <li class="with-action">
              <span>
                <b>{from_path}</b> <span aria-label="leads to">→</span> {to_address}
              </span>
              <span class="quiet">
                Since <Day date={created_at} language={page.site.language} />
                {by_name && ` by ${by_name}`}
              </span>
              <form method="post" action={paths.admin.redirectDeletion(id)}>
                <button class="second small" aria-label={`Delete the redirect from ${from_path}`}>
                  Delete
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
      <Pager next={list.next && paths.admin.redirects(list.next)}>Older</Pager>
    </AdminLayout>
  )
}
