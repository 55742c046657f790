// What may be allowed at all, by what it is about, with the roles that allow it.
import { Field, type FormState, FormErrors, Select } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { byResource, descriptionOf, isOfProgram } from './permission-groups.ts'
import type { HeldPermission } from './queries.ts'
import { TeamLayout } from './team-views.tsx'

type May = { create: boolean; edit: boolean; delete: boolean; seeRoles: boolean }
type Props = { page: Page; permissions: HeldPermission[]; may: May; form: FormState; isDone: boolean }

export function PermissionsPage({ page, permissions, may, form, isDone }: Props): Html {
  const title = text('team.permissions')
  const done = isDone ? text('team.done', { what: 'other' }) : undefined
  return (
    <TeamLayout page={page} section="permissions" title={title} done={done}>
      <h1>{title}</h1>
      <p>{text('team.permissionsIntro')}</p>
      {byResource(permissions).map(([resource, group]) => (
        <section>
          <h2>{resource}</h2>
          <ul class="rows">
            {group.map((permission) => (
              <Row permission={permission} may={may} />
            ))}
          </ul>
        </section>
      ))}
      {may.create && (
        <section class="narrow">
          <h2>{text('team.newRight')}</h2>
          <p class="quiet">{text('team.newRightHint')}</p>
          <FormErrors form={form} />
          <form method="post" action={paths.admin.permissions()}>
            <Field
              form={form}
              name="resource"
              label={text('team.resource')}
              hint={text('team.wordHint')}
              maxlength={39}
              required
            />
            <Field
              form={form}
              name="action"
              label={text('team.action')}
              hint={text('team.wordHint')}
              maxlength={39}
              required
            />
            <Select
              form={form}
              name="scope"
              label={text('team.scope')}
              options={{ '': text('team.noScope'), own: 'own', any: 'any' }}
            />
            <Field form={form} name="description" label={text('team.description')} maxlength={300} />
            <button>{text('team.create')}</button>
          </form>
        </section>
      )}
    </TeamLayout>
  )
}

function Row({ permission, may }: { permission: HeldPermission; may: May }): Html {
  const { id, name, description, roles } = permission
  const field = `description-${id}`
  return (
    <li>
      <span class="whole">
        <b>{name}</b>
        {descriptionOf(permission) && <span class="quiet"> {descriptionOf(permission)}</span>}
        <span class="why">
          {roles.length === 0 ? text('team.noRoleHolds') : ''}
          {roles.map((role, index) => (
            <>
              {index > 0 && ', '}
              {may.seeRoles ? <a href={`${paths.admin.role(role.id)}#right-${id}`}>{role.name}</a> : role.name}
            </>
          ))}
        </span>
        {may.edit && (
          <details>
            <summary>{text('team.describe')}</summary>
            <form method="post" action={paths.admin.permission(id)}>
              <label for={field}>{text('team.description')}</label>
              <input
                id={field}
                name="description"
                value={description}
                maxlength={300}
                placeholder={descriptionOf({ name, description: '' })}
              />
              <button class="second small">{text('people.save')}</button>
            </form>
          </details>
        )}
      </span>
      {may.delete && !isOfProgram(name) && roles.length === 0 && (
        <form method="post" action={paths.admin.permissionDeletion(id)}>
          <button class="second small" aria-label={`${text('team.delete')}: ${name}`}>
            {text('team.delete')}
          </button>
        </form>
      )}
    </li>
  )
}
