import { Field, type FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { CreationForm, TeamLayout } from '../permissions/team-views.tsx'
import { rich, text } from '../texts/texts.ts'
import type { GroupRow } from './queries.ts'

type May = { create: boolean; edit: boolean; delete: boolean }
type Props = { page: Page; groups: GroupRow[]; may: May; form: FormState; isDone: boolean }

export function GroupsPage({ page, groups, may, form, isDone }: Props): Html {
  const done = isDone ? text('team.done', { what: 'roles' }) : undefined
  return (
    <TeamLayout page={page} section="roles" title={text('team.groups')} done={done}>
      <h1>{text('team.groups')}</h1>
      <p class="quiet">{text('groups.intro')}</p>
      {groups.length === 0 && <p class="empty">{text('groups.none')}</p>}
      <ul class="rows">
        {groups.map((group) => (
          <Row group={group} may={may} />
        ))}
      </ul>
      {may.create && <CreationForm title={text('groups.new')} action={paths.admin.groups()} form={form} />}
    </TeamLayout>
  )
}

function Row({ group: { id, name, description, people }, may }: { group: GroupRow; may: May }): Html {
  return (
    <li>
      <span class="whole">
        <b>
          <bdi>{name}</bdi>
        </b>
        {description && <span class="quiet"> {description}</span>}
      </span>
      <span class="quiet">{text('team.countedPeople', { count: people })}</span>
      {may.delete && <a href={paths.admin.groupDeletion(id)}>{text('groups.deleteOf', { name })}</a>}
      {may.edit && (
        <details class="whole">
          <summary>{text('groups.describeOf', { name })}</summary>
          <form method="post" action={paths.admin.group(id)} class="narrow">
            <Field
              name="description"
              id={`description-${id}`}
              label={text('team.description')}
              value={description}
              maxlength={300}
            />
            <button class="second">{text('people.save')}</button>
          </form>
        </details>
      )}
    </li>
  )
}

export function GroupDeletionPage({ page, group }: { page: Page; group: GroupRow }): Html {
  return (
    <TeamLayout page={page} section="roles" title={text('groups.delete')}>
      <section class="narrow">
        <h1>{text('groups.delete')}</h1>
        <p>{rich('groups.deleteQuestion', { group: <b>{group.name}</b>, people: group.people })}</p>
        <form method="post" action={paths.admin.groupDeletion(group.id)}>
          <p class="buttons">
            <button>{text('team.delete')}</button>
            <a class="button second" href={paths.admin.groups()}>
              {text('team.keep')}
            </a>
          </p>
        </form>
      </section>
    </TeamLayout>
  )
}
