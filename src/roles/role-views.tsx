// One role: its name, and its rights as boxes, by what they are about.
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { type Permission, byResource, descriptionOf } from '../permissions/permission-groups.ts'
import { TeamLayout } from '../permissions/team-views.tsx'
import { text } from '../texts/texts.ts'
import type { Role } from './queries.ts'
import { type RoleRights, isAdminRole } from './role.ts'
import { People } from './views.tsx'

type Props = {
  page: Page
  role: Role
  permissions: Permission[]
  /** Ids of those that the visitor can give and take. */
  grantable: Set<number>
  rights: RoleRights
  people: number
  form: FormState
  done: unknown
}

export function RolePage(props: Props): Html {
  const { page, role, rights, people, form, done } = props
  return (
    <TeamLayout page={page} section="roles" title={role.name} done={doneText(done)}>
      <h1>
        <bdi>{role.name}</bdi>
      </h1>
      {rights.isAbove && <p class="quiet">{text('team.roleAboveNote')}</p>}
      <p class="quiet">
        {!rights.edits && role.description && <>{role.description} · </>}
        <People role={role} people={people} seesPeople={page.visitor?.team?.includes('people') ?? false} />
      </p>
      {rights.edits && (
        <section class="narrow">
          <FormErrors form={form} />
          <form method="post" action={paths.admin.role(role.id)}>
            {isAdminRole(role) ? (
              <input type="hidden" name="name" value={role.name} />
            ) : (
              <Field form={form} name="name" label={text('team.name')} value={role.name} maxlength={79} required />
            )}
            <Field
              form={form}
              name="description"
              label={text('team.description')}
              value={role.description}
              maxlength={300}
            />
            <button class="second">{text('people.save')}</button>
          </form>
        </section>
      )}
      {isAdminRole(role) ? <p>{text('team.adminHasAll')}</p> : <Grants {...props} />}
      {rights.deletes && (
        <p class="apart-above">
          <a href={paths.admin.roleDeletion(role.id)}>{text('team.deleteRole')}</a>
        </p>
      )}
    </TeamLayout>
  )
}

function doneText(done: unknown): string | undefined {
  if (done === 'created') return text('team.roleMade')
  return done === 'changed' ? text('team.done', { what: 'roles' }) : undefined
}

/** One box for all of a resource, and one for each right. Works without a script: the first counts as all the others ticked. */
function Grants({ role, permissions, grantable, rights }: Props): Html {
  const isHeld = ({ name }: Permission) => role.permissions.includes(name)
  const seen = permissions.filter((right) => isHeld(right) && grantable.has(right.id))
  const isOpen = rights.grants
  return (
    <form method="post" action={paths.admin.roleGrants(role.id)}>
      <h2>{text('team.rights')}</h2>
      <input type="hidden" name="seen" value={seen.map(({ id }) => id).join(',')} />
      {byResource(permissions).map(([resource, group]) => {
        const hasAll = group.every(isHeld)
        const mayAll = isOpen && group.every(({ id }) => grantable.has(id))
        return (
          <fieldset class="ticks">
            <legend>
              <h3>{resource}</h3>
            </legend>
            {mayAll && !hasAll && (
              <p class="check">
                <label>
                  <input type="checkbox" name="all" value={resource} /> {text('team.allOf', { resource })}
                </label>
              </p>
            )}
            {group.map((right) => (
              <p class="check" id={`right-${right.id}`}>
                <label>
                  <input
                    type="checkbox"
                    name="ticked"
                    value={String(right.id)}
                    checked={isHeld(right)}
                    disabled={!isOpen || !grantable.has(right.id)}
                  />{' '}
                  {right.name}
                </label>
                {descriptionOf(right) && <span class="quiet"> {descriptionOf(right)}</span>}
              </p>
            ))}
          </fieldset>
        )
      })}
      {isOpen && (
        <p>
          <button>{text('team.saveRights')}</button>
        </p>
      )}
    </form>
  )
}
