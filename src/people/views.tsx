// The list of people.
import { Day } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { TeamLayout } from '../permissions/team-views.tsx'
import type { Role } from '../roles/queries.ts'
import { rich, text } from '../texts/texts.ts'
import { type PeopleFilters, mostCounted, sorts, states } from './person.ts'
import type { ListedPerson, PeopleList } from './queries.ts'

type Props = {
  page: Page
  list: PeopleList
  filters: PeopleFilters
  roles: Role[]
  seesAddresses: boolean
  isFirst: boolean
  isGone: boolean
}

export function PeoplePage(props: Props): Html {
  const { page, list, filters, isFirst, isGone } = props
  const isFiltered = Object.keys(filters).some((name) => name !== 'sort')
  return (
    <TeamLayout
      page={page}
      section="people"
      title={text('team.people')}
      done={isGone ? text('team.done', { what: 'gone' }) : undefined}
    >
      <div class="heading-row">
        <h1>{text('team.people')}</h1>
        {page.visitor?.team?.includes('invitations') && (
          <a class="button" href={paths.admin.invitations()}>
            {text('team.invite')}
          </a>
        )}
      </div>
      <FilterForm {...props} />
      <p class="quiet" role="status">
        {list.count > mostCounted
          ? text('team.manyPeople', { most: mostCounted })
          : text('team.countedPeople', { count: list.count })}
        {isFiltered && (
          <>
            {' · '}
            <a href={paths.admin.people()}>{text('team.showAll')}</a>
          </>
        )}
      </p>
      {list.people.length === 0 && (
        <p class="empty">{!isFirst ? text('team.nobodyFurther') : text('team.nobodyLikeThat')}</p>
      )}
      <ul class="rows">
        {list.people.map((person) => (
          <Row person={person} language={page.site.language} />
        ))}
      </ul>
      <Pager next={list.next && paths.admin.people({ ...filters, after: list.next })}>{text('team.morePeople')}</Pager>
    </TeamLayout>
  )
}

function FilterForm({ filters, roles, seesAddresses }: Props): Html {
  return (
    <form class="filters" action={paths.admin.people()} role="search" aria-label={text('team.people')}>
      <p class="wide">
        <label for="filter-text">{seesAddresses ? text('team.searchAll') : text('team.searchNames')}</label>
        <input id="filter-text" name="text" type="search" value={filters.text ?? ''} maxlength={100} />
      </p>
      <p>
        <label for="filter-role">{text('team.role')}</label>
        <select id="filter-role" name="role">
          <option value="">{text('team.anyRole')}</option>
          {roles.map(({ name }) => (
            <option value={name} selected={filters.role?.toLowerCase() === name.toLowerCase()}>
              {name}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for="filter-state">{text('team.state')}</label>
        <select id="filter-state" name="state">
          <option value="">{text('team.anyState')}</option>
          {states.map((state) => (
            <option value={state} selected={filters.state === state}>
              {text('team.stateOf', { state })}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for="filter-sort">{text('team.order')}</label>
        <select id="filter-sort" name="sort">
          {sorts.map((sort) => (
            <option value={sort} selected={filters.sort === sort}>
              {text('team.sortBy', { sort })}
            </option>
          ))}
        </select>
      </p>
      <p>
        <button class="second">{text('team.show')}</button>
      </p>
    </form>
  )
}

function Row({ person, language }: { person: ListedPerson; language: string }): Html {
  return (
    <li>
      <span class="whole">
        <a href={paths.admin.person(person.id)}>
          <bdi>{person.name}</bdi>
        </a>
        {person.email && (
          <span class="quiet apart">
            {' '}
            <bdi>{person.email}</bdi>
          </span>
        )}
      </span>
      <span class="quiet">
        {person.roles.join(', ') || text('team.noRole')}
        {' · '}
        {rich('team.since', { date: <Day date={person.created_at} language={language} /> })}
        {person.state !== 'active' && <> · {text('team.stateOf', { state: person.state })}</>}
        {person.state === 'active' && !person.is_confirmed && <> · {text('team.stateOf', { state: 'unconfirmed' })}</>}
      </span>
    </li>
  )
}
