// The list of roles, the table of who may do what, and the question before one is deleted.
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { type Permission, descriptionOf } from '../permissions/permission-groups.ts'
import { CreationForm, TeamLayout } from '../permissions/team-views.tsx'
import { rich, text } from '../texts/texts.ts'
import type { Role } from './queries.ts'
import { isAdminRole } from './role.ts'

type RolesProps = { page: Page; roles: Role[]; holders: Map<number, number>; mayCreate: boolean; form: FormState }

export function RolesPage({ page, roles, holders, mayCreate, form }: RolesProps): Html {
  const seesPeople = page.visitor?.team?.includes('people') ?? false
  return (
    <TeamLayout page={page} section="roles" title={text('team.roles')}>
      <div class="heading-row">
        <h1>{text('team.roles')}</h1>
        <p class="ways">
          <a href={paths.admin.roleMatrix()}>{text('team.matrix')}</a>
          <a href={paths.admin.groups()}>{text('team.groups')}</a>
        </p>
      </div>
      <ul class="rows">
        {roles.map((role) => (
          <li>
            <span class="whole">
              <a href={paths.admin.role(role.id)}>
                <bdi>{role.name}</bdi>
              </a>
              {role.description && <span class="quiet"> {role.description}</span>}
            </span>
            <span class="quiet">
              <People role={role} people={holders.get(role.id) ?? 0} seesPeople={seesPeople} />
              {' · '}
              {isAdminRole(role)
                ? text('team.everything')
                : text('team.countedRights', { count: role.permissions.length })}
            </span>
          </li>
        ))}
      </ul>
      {mayCreate && <CreationForm title={text('team.newRole')} action={paths.admin.roles()} form={form} />}
    </TeamLayout>
  )
}

export function People({ role, people, seesPeople }: { role: Role; people: number; seesPeople: boolean }): Html {
  const words = text('team.countedPeople', { count: people })
  if (!seesPeople || people === 0) return <>{words}</>
  return <a href={paths.admin.people({ role: role.name })}>{words}</a>
}

const mostInMatrix = 40

export function MatrixPage({
  page,
  roles,
  permissions,
}: {
  page: Page
  roles: Role[]
  permissions: Permission[]
}): Html {
  const shown = roles.slice(0, mostInMatrix)
  return (
    <TeamLayout page={page} section="roles" title={text('team.matrix')}>
      <h1>{text('team.matrix')}</h1>
      <p class="quiet">
        {text('team.matrixHint')}
        {roles.length > mostInMatrix && <> {text('team.matrixCut', { most: mostInMatrix })}</>}
      </p>
      <div class="matrix">
        <table>
          <thead>
            <tr>
              <th scope="col">{text('team.permissions')}</th>
              {shown.map((role) => (
                <th scope="col">
                  <a href={paths.admin.role(role.id)}>{role.name}</a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {permissions.map(({ id, name, description }) => (
              <tr>
                <th scope="row">
                  {name}
                  <span class="why">{descriptionOf({ name, description })}</span>
                </th>
                {shown.map((role) => {
                  const has = isAdminRole(role) || role.permissions.includes(name)
                  return (
                    <td>
                      <a
                        href={`${paths.admin.role(role.id)}#right-${id}`}
                        aria-label={
                          has
                            ? text('team.cellYes', { role: role.name, right: name })
                            : text('team.cellNo', { role: role.name, right: name })
                        }
                      >
                        {has ? '✓' : '–'}
                      </a>
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </TeamLayout>
  )
}

type DeletionProps = { page: Page; role: Role; counts: { people: number; invitations: number } }

export function RoleDeletionPage({ page, role, counts }: DeletionProps): Html {
  return (
    <TeamLayout page={page} section="roles" title={text('team.deleteRole')}>
      <section class="narrow">
        <h1>{text('team.deleteRole')}</h1>
        <p>
          {rich('team.deleteRoleQuestion', {
            role: <b>{role.name}</b>,
            people: counts.people,
            rights: role.permissions.length,
            invitations: counts.invitations,
          })}
        </p>
        <form method="post" action={paths.admin.roleDeletion(role.id)}>
          <p class="buttons">
            <button>{text('team.delete')}</button>
            <a class="button second" href={paths.admin.role(role.id)}>
              {text('team.keep')}
            </a>
          </p>
        </form>
      </section>
    </TeamLayout>
  )
}
