import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout, teamPaths } from '../html/layout.tsx'
import type { Page, TeamSection } from '../html/page.ts'
import { text } from '../texts/texts.ts'

type Props = { page: Page; section: TeamSection; title: string; done?: string | undefined; children?: unknown }

/** A page about people or rights: the way to the others above it, and what was just done. */
export function TeamLayout({ page, section, title, done, children }: Props): Html {
  const team = page.visitor?.team ?? []
  return (
    <AdminLayout page={page} title={title}>
      {team.length > 1 && (
        <nav class="tabs" aria-label={text('team.menu')}>
          {team.map((name) => (
            <a href={teamPaths[name]} aria-current={currency(page, section, name)}>
              {text('team.section', { name })}
            </a>
          ))}
        </nav>
      )}
      {done && (
        <p class="done" role="status">
          {done}
        </p>
      )}
      {children as string}
    </AdminLayout>
  )
}

function currency(page: Page, section: TeamSection, name: TeamSection): 'page' | 'true' | undefined {
  if (section !== name) return undefined
  return page.path.split('?', 1)[0] === teamPaths[name] ? 'page' : 'true'
}

type CreationProps = { title: string; action: string; form: FormState }

/** For a role or a group: both are a name that PostgreSQL keeps once, and words that say what for. */
export function CreationForm({ title, action, form }: CreationProps): Html {
  return (
    <section class="narrow">
      <h2>{title}</h2>
      <FormErrors form={form} />
      <form method="post" action={action}>
        <Field
          form={form}
          name="name"
          label={text('team.name')}
          hint={text('team.roleNameHint')}
          maxlength={79}
          required
        />
        <Field form={form} name="description" label={text('team.description')} maxlength={300} />
        <button>{text('team.create')}</button>
      </form>
    </section>
  )
}
