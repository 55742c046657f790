// One person: who they are, what they hold, and what can be done about them.
import { Minute, ZonedMinute } from '../html/date.tsx'
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { TeamLayout } from '../permissions/team-views.tsx'
import type { Role } from '../roles/queries.ts'
import { rich, text } from '../texts/texts.ts'
import type { PersonRights } from './person.ts'
import type { FoundPerson, Group } from './queries.ts'

type Props = {
  page: Page
  person: FoundPerson
  rights: PersonRights
  held: { roles: number[]; groups: number[] }
  roles: Role[]
  groups: Group[]
  /** Names of roles that the visitor can neither give nor take. */
  tooHigh: Set<string>
  form: FormState
  done: unknown
}

const dones = ['saved', 'roles', 'closed', 'opened', 'link', 'leaving', 'signedOut', 'factorGone'] as const

export function PersonPage(props: Props): Html {
  const { page, person, rights, roles, groups, held, tooHigh, done } = props
  const what = dones.find((what) => what === done)
  const isStill = person.leaves === null
  return (
    <TeamLayout page={page} section="people" title={person.name} done={what && text('team.done', { what })}>
      <h1>
        <bdi>{person.name}</bdi>
      </h1>
      {!isStill && <p class="notice">{text('team.isLeaving')}</p>}
      {rights.isAbove && <p class="quiet">{text('team.above')}</p>}
      <Facts {...props} />
      {isStill && rights.edits && <EditForm {...props} />}
      {isStill && rights.assigns && (
        <Ticks
          title={text('team.roles')}
          hint={text('team.rolesHint')}
          action={paths.admin.personRoles(person.id)}
          all={roles}
          held={held.roles}
          tooHigh={tooHigh}
        />
      )}
      {isStill && rights.assigns && groups.length > 0 && (
        <Ticks
          title={text('team.groups')}
          hint={text('team.groupsHint')}
          action={paths.admin.personGroups(person.id)}
          all={groups}
          held={held.groups}
          tooHigh={tooHigh}
        />
      )}
      {isStill && <Deeds {...props} />}
    </TeamLayout>
  )
}

function Facts({ page, person, rights, roles, groups, held }: Props): Html {
  const { language, timeZone } = page.site
  const state = person.state === 'active' && person.email_confirmed_at === null ? 'unconfirmed' : person.state
  const hasPosts = person.posts > 0
  return (
    <section class="facts">
      <dl>
        <dt>{text('team.state')}</dt>
        <dd>{text('team.stateOf', { state })}</dd>
        <dt>{text('team.page')}</dt>
        <dd>
          {hasPosts ? <a href={paths.author(person.slug)}>{paths.author(person.slug)}</a> : paths.author(person.slug)}
        </dd>
        <Named label={text('team.roles')} all={roles} held={held.roles} />
        <Named label={text('team.groups')} all={groups} held={held.groups} />
        {rights.seesAddress && (
          <>
            <dt>{text('people.email')}</dt>
            <dd>
              <bdi>{person.email ?? text('people.noEmail')}</bdi>
              {person.email_to_be !== null && (
                <>
                  <br />
                  {rich('team.emailToBe', { email: <bdi>{person.email_to_be}</bdi> })}
                </>
              )}
            </dd>
          </>
        )}
        <dt>{text('team.joined')}</dt>
        <dd>
          <Minute date={person.created_at} language={language} />
        </dd>
        {rights.seesAddress && (
          <>
            <dt>{text('team.signedIn')}</dt>
            <dd>
              {person.signed_in_at ? (
                <ZonedMinute date={person.signed_in_at} language={language} zone={timeZone} />
              ) : (
                text('team.never')
              )}
              {!!person.sessions && <>, {text('team.sessions', { count: person.sessions })}</>}
            </dd>
          </>
        )}
        <dt>{text('team.wrote')}</dt>
        <dd>
          {page.visitor?.canWrite && hasPosts ? (
            <a href={paths.admin.posts({ author: person.slug })}>{text('team.posts', { count: person.posts })}</a>
          ) : (
            text('team.posts', { count: person.posts })
          )}
          , {text('team.comments', { count: person.comments })}
        </dd>
      </dl>
    </section>
  )
}

type NamedProps = { label: string; all: { id: number; name: string }[]; held: number[] }

function Named({ label, all, held }: NamedProps): Html {
  const names = all.filter(({ id }) => held.includes(id)).map(({ name }) => name)
  if (names.length === 0) return <></>
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <bdi>{names.join(', ')}</bdi>
      </dd>
    </>
  )
}

function EditForm({ person, rights, form }: Props): Html {
  return (
    <section class="narrow">
      <h2>{text('team.change')}</h2>
      <FormErrors form={form} />
      <form method="post" action={paths.admin.person(person.id)}>
        <Field form={form} name="name" label={text('people.name')} value={person.name} maxlength={128} required />
        <Field
          form={form}
          name="slug"
          label={text('team.slug')}
          hint={text('team.slugHint')}
          value={person.slug}
          maxlength={100}
          required
        />
        {rights.seesAddress && (
          <Field
            form={form}
            name="email"
            type="email"
            label={text('people.email')}
            hint={text('team.emailHint')}
            value={person.email ?? ''}
            autocomplete="off"
            maxlength={254}
          />
        )}
        {rights.isSelf && rights.seesAddress && person.has_password && (
          <Field
            form={form}
            name="password"
            type="password"
            label={text('team.ownPassword')}
            hint={text('team.ownPasswordHint')}
            autocomplete="current-password"
            maxlength={1024}
          />
        )}
        <button>{text('people.save')}</button>
      </form>
    </section>
  )
}

type TicksProps = {
  title: string
  hint: string
  action: string
  all: { id: number; name: string; description: string }[]
  held: number[]
  tooHigh: Set<string>
}

/** Boxes for what is held. What it was when the page was made goes with it, so that two who change it do not undo each other. */
function Ticks({ title, hint, action, all, held, tooHigh }: TicksProps): Html {
  const mine = all.filter(({ id, name }) => held.includes(id) && !tooHigh.has(name.toLowerCase()))
  return (
    <section>
      <form method="post" action={action}>
        <fieldset class="ticks">
          <legend>
            <h2>{title}</h2>
          </legend>
          <p class="hint">{hint}</p>
          <input type="hidden" name="seen" value={mine.map(({ id }) => id).join(',')} />
          {all.map(({ id, name, description }) => (
            <p class="check">
              <label>
                <input
                  type="checkbox"
                  name="ticked"
                  value={String(id)}
                  checked={held.includes(id)}
                  disabled={tooHigh.has(name.toLowerCase())}
                />{' '}
                <bdi>{name}</bdi>
              </label>
              {description && <span class="quiet"> {description}</span>}
            </p>
          ))}
          <button class="second">{text('people.save')}</button>
        </fieldset>
      </form>
    </section>
  )
}

function Deeds({ person, rights }: Props): Html {
  if (rights.isAbove) return <></>
  const { id } = person
  const canBeMailed = person.email !== null && person.state === 'active'
  const post = (action: string, words: string) => (
    <form method="post" action={action}>
      <button class="second">{words}</button>
    </form>
  )
  return (
    <section>
      <ul class="choices">
        {rights.manages && canBeMailed && (
          <li>
            {post(paths.admin.personPasswordLink(id), text('team.sendLink'))}
            <span>{text('team.sendLinkHint')}</span>
          </li>
        )}
        {rights.manages && !rights.isSelf && !!person.sessions && (
          <li>
            {post(paths.admin.personSessionsEnd(id), text('team.endSessions'))}
            <span>{text('team.endSessionsHint')}</span>
          </li>
        )}
        {rights.manages && !rights.isSelf && person.has_factor && (
          <li>
            {post(paths.admin.personSecondFactorEnd(id), text('team.endFactor'))}
            <span>{text('team.endFactorHint')}</span>
          </li>
        )}
        {rights.manages && !rights.isSelf && person.state !== 'disabled' && (
          <li>
            {post(paths.admin.personClosing(id), text('team.close'))}
            <span>{text('team.closeHint')}</span>
          </li>
        )}
        {rights.manages && person.state !== 'active' && (
          <li>
            {post(paths.admin.personOpening(id), text('team.open'))}
            <span>{text('team.openHint')}</span>
          </li>
        )}
        {rights.bans && (
          <li>
            <a class="button second" href={paths.admin.bans({ who: person.slug })}>
              {text('team.ban')}
            </a>
            <span>{text('team.banHint')}</span>
          </li>
        )}
        {rights.manages && (
          <li>
            {post(paths.admin.personData(id), text('team.exportData'))}
            <span>{text('team.exportDataHint')}</span>
          </li>
        )}
        {rights.manages && !rights.isSelf && (
          <li>
            <a class="button second" href={paths.admin.personMerge(id)}>
              {text('team.merge')}
            </a>
            <span>{text('team.mergeHint')}</span>
          </li>
        )}
        {rights.deletes && !rights.isSelf && (
          <li>
            <a class="button second" href={paths.admin.personDeletion(id)}>
              {text('team.deletePerson')}
            </a>
            <span>{text('team.deletePersonHint')}</span>
          </li>
        )}
      </ul>
    </section>
  )
}
