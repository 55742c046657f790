// Who did what to what, and from where.
import { ZonedMinute } from '../html/date.tsx'
import { FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { TeamLayout } from '../permissions/team-views.tsx'
import { text } from '../texts/texts.ts'
import { type ReadFilters, ways } from './filters.ts'
import type { AuditEvent, FoundEvent } from './queries.ts'

type Props = {
  page: Page
  events: AuditEvent[]
  next: string | undefined
  typed: ReadFilters['typed']
  errors: ReadFilters['errors']
  actions: string[]
  subjectTypes: string[]
  isFirst: boolean
}

export function EventsPage(props: Props): Html {
  const { page, events, next, typed, errors, isFirst } = props
  const isWrong = Object.keys(errors).length > 0
  const isFiltered = isWrong || Object.keys(typed).length > 0
  return (
    <TeamLayout page={page} section="audit" title={text('team.audit')}>
      <h1>{text('team.audit')}</h1>
      <FormErrors form={{ errors }} />
      <FilterForm {...props} />
      <p class="quiet ways">
        {isFiltered && <a href={paths.admin.audit()}>{text('team.showAll')}</a>}
        {!isWrong && <a href={paths.admin.auditFile('csv', typed)}>{text('team.asCsv')}</a>}
        {!isWrong && <a href={paths.admin.auditFile('jsonl', typed)}>{text('team.asJson')}</a>}
      </p>
      {events.length === 0 && !isWrong && (
        <p class="empty">{isFirst && !isFiltered ? text('team.nothingDone') : text('team.noSuchDeed')}</p>
      )}
      <ol class="rows log">
        {events.map((event) => (
          <Row event={event} page={page} />
        ))}
      </ol>
      <Pager next={next && paths.admin.audit({ ...typed, before: next })}>{text('team.earlier')}</Pager>
    </TeamLayout>
  )
}

function FilterForm({ typed, errors, actions, subjectTypes }: Props): Html {
  const listed = (values: readonly string[]) => values.map((value): [string, string] => [value, value])
  const ofWays = ways.map((way): [string, string] => [way, text('team.fromOrigin', { origin: way, token: '' })])
  const field = { typed, errors }
  return (
    <form class="filters" action={paths.admin.audit()} role="search" aria-label={text('team.audit')}>
      <Filter {...field} name="who" label={text('team.who')} maxlength={150} />
      <Choice {...field} name="action" label={text('team.deed')} any={text('team.anyDeed')} options={listed(actions)} />
      <Choice
        {...field}
        name="type"
        label={text('team.about')}
        any={text('team.anything')}
        options={listed(subjectTypes)}
      />
      <Filter {...field} name="subject" label={text('team.number')} maxlength={16} inputmode="numeric" />
      <Filter {...field} name="from" label={text('team.from')} type={errors.from ? 'text' : 'date'} />
      <Filter {...field} name="to" label={text('team.to')} type={errors.to ? 'text' : 'date'} />
      <Filter {...field} name="address" label={text('team.address')} maxlength={45} />
      <Choice {...field} name="way" label={text('team.way')} any={text('team.anyWay')} options={ofWays} />
      <Filter {...field} name="token" label={text('team.token')} maxlength={100} />
      <p>
        <button class="second">{text('team.show')}</button>
      </p>
    </form>
  )
}

type FilterProps = Pick<Props, 'typed' | 'errors'> & { name: keyof Props['typed']; label: string }

type InputProps = FilterProps & { type?: 'text' | 'date'; maxlength?: number; inputmode?: 'numeric' }

/** A field of days takes no other words, so what is none comes back as text. */
function Filter({ typed, errors, name, label, type = 'text', ...input }: InputProps): Html {
  const error = errors[name]
  return (
    <p>
      <label for={`filter-${name}`}>{label}</label>
      <input
        id={`filter-${name}`}
        name={name}
        type={type as 'text'}
        value={typed[name] ?? ''}
        autocomplete="off"
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={error ? `filter-${name}-error` : undefined}
        {...input}
      />
      <Mistake name={name} error={error} />
    </p>
  )
}

function Choice(props: FilterProps & { any: string; options: [value: string, words: string][] }): Html {
  const { typed, errors, name, label, any, options } = props
  const [given, error] = [typed[name], errors[name]]
  const isListed = given === undefined || options.some(([value]) => value === given)
  return (
    <p>
      <label for={`filter-${name}`}>{label}</label>
      <select
        id={`filter-${name}`}
        name={name}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={error ? `filter-${name}-error` : undefined}
      >
        <option value="">{any}</option>
        {[...options, ...(isListed ? [] : [[given, given] as const])].map(([value, words]) => (
          <option value={value} selected={given === value}>
            {words}
          </option>
        ))}
      </select>
      <Mistake name={name} error={error} />
    </p>
  )
}

function Mistake({ name, error }: { name: string; error: string | undefined }): Html {
  if (!error) return <></>
  return (
    <span class="error" id={`filter-${name}-error`}>
      {error}
    </span>
  )
}

function Row({ event, page }: { event: AuditEvent; page: Page }): Html {
  const { id, action, subject_type, subject_id, description, client_ip, created_at } = event
  return (
    <li>
      <span class="whole">
        <a href={paths.admin.auditEvent(id)}>{action}</a>
        {subject_type && subject_id !== null && (
          <span class="quiet">
            {' '}
            <a href={paths.admin.audit({ type: subject_type, subject: subject_id })}>
              {subject_type} {subject_id}
            </a>
          </span>
        )}
        {description && (
          <span class="why" dir="auto">
            {description}
          </span>
        )}
      </span>
      <span class="quiet">
        <Actor event={event} />
        {' · '}
        <ZonedMinute date={created_at} language={page.site.language} zone={page.site.timeZone} />
        {client_ip && (
          <>
            {' · '}
            <a href={paths.admin.audit({ address: client_ip })}>{client_ip}</a>
          </>
        )}
        {originOf(event) !== 'web' && <> · {wayOf(event)}</>}
      </span>
    </li>
  )
}

/** What an older Bloggy wrote down has a word of its own there. */
function originOf({ action, origin }: { action: string; origin: string }): string {
  return action === 'legacy.event' ? 'legacy' : origin
}

function wayOf(event: Pick<AuditEvent, 'action' | 'origin' | 'token_name'>): string {
  const { token_name } = event
  return text('team.fromOrigin', { origin: token_name ? 'named' : originOf(event), token: token_name ?? '' })
}

/** What is done on the machine itself comes from none. */
function isWithoutAddress({ origin }: { origin: string }): boolean {
  return ['command', 'job', 'import'].includes(origin)
}

function Actor({ event: { actor_id, actor_name } }: { event: Pick<AuditEvent, 'actor_id' | 'actor_name'> }): Html {
  if (actor_id === null) return <>{text('team.nobodyNamed')}</>
  return (
    <a href={paths.admin.person(actor_id)}>
      <bdi>{actor_name}</bdi>
    </a>
  )
}

export function EventPage({ page, event }: { page: Page; event: FoundEvent }): Html {
  const { action, subject_type, subject_id, description, client_ip, origin, details, created_at } = event
  const about = subject_type && subject_id !== null ? `${subject_type} ${subject_id}` : text('team.nothing')
  const href = event.is_here && subject_id !== null ? pageOf(subject_type, subject_id) : undefined
  return (
    <TeamLayout page={page} section="audit" title={action}>
      <h1>{action}</h1>
      <dl>
        <dt>{text('team.when')}</dt>
        <dd>
          <ZonedMinute date={created_at} language={page.site.language} zone={page.site.timeZone} />
        </dd>
        <dt>{text('team.who')}</dt>
        <dd>
          <Actor event={event} />
        </dd>
        <dt>{text('team.about')}</dt>
        <dd>
          {href ? <a href={href}>{about}</a> : about}
          {subject_type && subject_id !== null && !event.is_here && <> {text('team.goneOrElsewhere')}</>}
        </dd>
        <dt>{text('team.address')}</dt>
        <dd>{client_ip ?? (isWithoutAddress(event) ? text('team.noAddress') : text('team.unknown'))}</dd>
        <dt>{text('team.way')}</dt>
        <dd>
          {wayOf(event)}
          {originOf(event) === 'legacy' && <> ({origin})</>}
        </dd>
        {description && (
          <>
            <dt>{text('team.description')}</dt>
            <dd dir="auto">{description}</dd>
          </>
        )}
      </dl>
      {details !== '{}' && details !== '{\n}' && (
        <>
          <h2>{text('team.details')}</h2>
          <pre class="data">
            <samp>{details}</samp>
          </pre>
        </>
      )}
    </TeamLayout>
  )
}

function pageOf(type: string | null, id: number): string | undefined {
  const places: Record<string, (id: number) => string> = {
    user: paths.admin.person,
    post: paths.admin.post,
    comment: paths.commentPlace,
    role: paths.admin.role,
    import: paths.admin.import,
    media: paths.admin.medium,
    group: () => paths.admin.groups(),
    tag: paths.admin.tag,
    series: paths.admin.series,
  }
  return type !== null && Object.hasOwn(places, type) ? places[type]?.(id) : undefined
}
