// What the lists of tags and of series have in common: the way from one to the other, and what narrows them.
import { pathKey } from '../address.ts'
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import type { Filters } from './filters.ts'

type Section = 'tags' | 'series'
type LayoutProps = { page: Page; section: Section; title: string; done?: unknown; children?: unknown }

const places: Record<Section, string> = { tags: paths.admin.tags(), series: paths.admin.allSeries() }
const deeds = ['renamed', 'merged', 'moved', 'gone']

export function GroupingLayout({ page, section, title, done, children }: LayoutProps): Html {
  const here = page.path.split('?', 1)[0]
  return (
    <AdminLayout page={page} title={title}>
      <nav class="tabs" aria-label={text('tags.menu')}>
        {(Object.keys(places) as Section[]).map((name) => (
          <a href={places[name]} aria-current={name !== section ? undefined : here === places[name] ? 'page' : 'true'}>
            {text('tags.section', { name })}
          </a>
        ))}
      </nav>
      {typeof done === 'string' && deeds.includes(done) && (
        <p class="done" role="status">
          {text('tags.done', { what: done })}
        </p>
      )}
      {children as string}
    </AdminLayout>
  )
}

type FormProps<Sort extends string> = {
  action: string
  label: string
  filters: Filters<Sort>
  sorts: readonly Sort[]
}

export function ListFilters<Sort extends string>({ action, label, filters, sorts }: FormProps<Sort>): Html {
  return (
    <>
      <form class="filters" action={action} role="search" aria-label={label}>
        <p class="wide">
          <label for="filter-q">{text('tags.search')}</label>
          <input id="filter-q" name="q" type="search" value={filters.q} maxlength={100} />
        </p>
        <p>
          <label for="filter-sort">{text('team.order')}</label>
          <select id="filter-sort" name="sort">
            {sorts.map((sort) => (
              <option value={sort} selected={filters.sort === sort}>
                {text('tags.sortBy', { sort })}
              </option>
            ))}
          </select>
        </p>
        <p>
          <button class="second">{text('team.show')}</button>
        </p>
      </form>
      {filters.q && (
        <p class="quiet">
          <a href={action}>{text('team.showAll')}</a>
        </p>
      )}
    </>
  )
}

type RenameProps = { action: string; field: string; hint: string; value: string; maxlength: number; form: FormState }

export function RenameForm({ action, field, hint, value, maxlength, form }: RenameProps): Html {
  return (
    <section class="narrow">
      <FormErrors form={form} />
      <form method="post" action={action}>
        <Field
          form={form}
          name={field}
          label={text('team.name')}
          hint={hint}
          value={value}
          maxlength={maxlength}
          required
        />
        <button class="second">{text('tags.rename')}</button>
      </form>
    </section>
  )
}

/** An address of the blog in the letters that people write it in, which lead there where there is something to read. */
export function Address({ path, isLink }: { path: string; isLink: boolean }): Html {
  const words = <bdi>{pathKey(path) ?? path}</bdi>
  return isLink ? <a href={path}>{words}</a> : words
}

type FormerProps = { former: string[] }

/** Addresses that lead here. */
export function Former({ former }: FormerProps): Html {
  if (former.length === 0) return <></>
  return (
    <section>
      <h2>{text('tags.former')}</h2>
      <ul>
        {former.map((path) => (
          <li>
            <bdi>{path}</bdi>
          </li>
        ))}
      </ul>
    </section>
  )
}
