// Who was invited, and what became of it.
import { Day } from '../html/date.tsx'
import { Field, type FormState, FormErrors, Select } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import type { Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { TeamLayout } from '../permissions/team-views.tsx'
import type { Role } from '../roles/queries.ts'
import { rich, text } from '../texts/texts.ts'
import { daysOpen } from './invitation.ts'
import type { InvitationList } from './queries.ts'

type Props = {
  page: Page
  visitor: Visitor
  list: InvitationList
  /** Those that the visitor can give. */
  roles: Role[]
  form: FormState
  done: unknown
  isFirst: boolean
}

export function InvitationsPage({ page, visitor, list, roles, form, done, isFirst }: Props): Html {
  const what = done === 'sent' || done === 'revoked' ? text('team.invitationDone', { what: done }) : undefined
  const usual = roles.find(({ name }) => name.toLowerCase() === 'author') ?? roles[0]
  return (
    <TeamLayout page={page} section="invitations" title={text('team.invitations')} done={what}>
      <h1>{text('team.invitations')}</h1>
      <p>{text('team.invitationsIntro', { days: daysOpen })}</p>
      {roles.length === 0 ? (
        <p class="quiet">{text('team.noRoleToGive')}</p>
      ) : (
        <section class="narrow">
          <FormErrors form={form} />
          <form method="post" action={paths.admin.invitations()}>
            <Field
              form={form}
              name="email"
              type="email"
              label={text('people.email')}
              autocomplete="off"
              maxlength={254}
              required
            />
            <Select
              form={form}
              name="role"
              label={text('team.role')}
              value={String(usual?.id ?? '')}
              options={Object.fromEntries(roles.map(({ id, name }) => [String(id), name]))}
            />
            <button>{text('team.invite')}</button>
          </form>
        </section>
      )}
      {list.invitations.length === 0 && (
        <p class="empty">{isFirst ? text('team.nobodyInvited') : text('team.nobodyFurther')}</p>
      )}
      <ul class="rows bans">
        {list.invitations.map((invitation) => {
          const sends = roles.some(({ id }) => id === invitation.role_id)
          const may = { sends, revokes: sends || invitation.invited_by === visitor.id }
          return <Row invitation={invitation} may={may} language={page.site.language} />
        })}
      </ul>
      <Pager next={list.next && paths.admin.invitations({ before: list.next })}>{text('team.earlier')}</Pager>
    </TeamLayout>
  )
}

type RowProps = {
  invitation: InvitationList['invitations'][number]
  may: { sends: boolean; revokes: boolean }
  language: string
}

function Row({ invitation, may, language }: RowProps): Html {
  const { id, email, role_name, inviter_name, is_waiting, accepted_at, revoked_at, expires_at } = invitation
  // One that made room for the next shows the day it ended by itself.
  const state = accepted_at
    ? 'accepted'
    : revoked_at && revoked_at < expires_at
      ? 'revoked'
      : is_waiting
        ? 'waiting'
        : 'over'
  return (
    <li>
      <span class="whole">
        <bdi class="who">{email}</bdi>
        <span class="why">
          {rich('team.invitedLine', {
            role: role_name,
            name: <bdi>{inviter_name ?? text('comments.someone')}</bdi>,
            state: text('team.invitationState', { state }),
            date: <Day date={accepted_at ?? revoked_at ?? expires_at} language={language} />,
          })}
        </span>
      </span>
      {may.revokes && !accepted_at && !revoked_at && (
        <div class="buttons">
          {may.sends && (
            <form method="post" action={paths.admin.invitationSending(id)}>
              <button class="second small" aria-label={`${text('team.sendAgain')}: ${email}`}>
                {text('team.sendAgain')}
              </button>
            </form>
          )}
          {may.revokes && (
            <form method="post" action={paths.admin.invitationEnd(id)}>
              <button class="second small" aria-label={`${text('team.revoke')}: ${email}`}>
                {text('team.revoke')}
              </button>
            </form>
          )}
        </div>
      )}
    </li>
  )
}
