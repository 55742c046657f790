// Who did what to what, and from where.
import { ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { TeamLayout } from '../permissions/team-views.tsx'
import { text } from '../texts/texts.ts'
import type { AuditFilters } from './filters.ts'
import type { AuditEvent, FoundEvent } from './queries.ts'

type Props = {
  page: Page
  events: AuditEvent[]
  next: string | undefined
  filters: AuditFilters
  actions: string[]
  subjectTypes: string[]
  isFirst: boolean
}

export function EventsPage(props: Props): Html {
  const { page, events, next, filters, isFirst } = props
  const isFiltered = Object.keys(filters).length > 0
  return (
    <TeamLayout page={page} section="audit" title={text('team.audit')}>
      <h1>{text('team.audit')}</h1>
      <FilterForm {...props} />
      <p class="quiet ways">
        {isFiltered && <a href={paths.admin.audit()}>{text('team.showAll')}</a>}
        <a href={paths.admin.auditFile('csv', filters)}>{text('team.asCsv')}</a>
        <a href={paths.admin.auditFile('jsonl', filters)}>{text('team.asJson')}</a>
      </p>
      {events.length === 0 && (
        <p class="empty">{isFirst && !isFiltered ? text('team.nothingDone') : text('team.noSuchDeed')}</p>
      )}
      <ol class="rows log">
        {events.map((event) => (
          <Row event={event} page={page} />
        ))}
      </ol>
      <Pager next={next && paths.admin.audit({ ...filters, before: next })}>{text('team.earlier')}</Pager>
    </TeamLayout>
  )
}

function FilterForm({ filters, actions, subjectTypes }: Props): Html {
  return (
    <form class="filters" action={paths.admin.audit()} role="search" aria-label={text('team.audit')}>
      <p>
        <label for="filter-who">{text('team.who')}</label>
        <input id="filter-who" name="who" value={filters.who ?? ''} maxlength={150} autocomplete="off" />
      </p>
      <p>
        <label for="filter-action">{text('team.deed')}</label>
        <select id="filter-action" name="action">
          <option value="">{text('team.anyDeed')}</option>
          {actions.map((action) => (
            <option value={action} selected={filters.action === action}>
              {action}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for="filter-type">{text('team.about')}</label>
        <select id="filter-type" name="type">
          <option value="">{text('team.anything')}</option>
          {subjectTypes.map((type) => (
            <option value={type} selected={filters.type === type}>
              {type}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for="filter-subject">{text('team.number')}</label>
        <input id="filter-subject" name="subject" value={filters.subject ?? ''} maxlength={16} inputmode="numeric" />
      </p>
      <p>
        <label for="filter-from">{text('team.from')}</label>
        <input id="filter-from" name="from" type="date" value={filters.from ?? ''} />
      </p>
      <p>
        <label for="filter-to">{text('team.to')}</label>
        <input id="filter-to" name="to" type="date" value={filters.to ?? ''} />
      </p>
      <p>
        <label for="filter-address">{text('team.address')}</label>
        <input id="filter-address" name="address" value={filters.address ?? ''} maxlength={45} autocomplete="off" />
      </p>
      <p>
        <button class="second">{text('team.show')}</button>
      </p>
    </form>
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
        {originOf(event) !== 'web' && <> · {text('team.fromOrigin', { origin: originOf(event) })}</>}
      </span>
    </li>
  )
}

/** What an older Bloggy wrote down has a word of its own there. */
function originOf({ action, origin }: { action: string; origin: string }): string {
  return action === 'legacy.event' ? 'legacy' : origin
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
        <dd>{client_ip ?? text('team.unknown')}</dd>
        <dt>{text('team.origin')}</dt>
        <dd>
          {text('team.fromOrigin', { origin: originOf(event) })}
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
