import { Day as WrittenDay, MonthName, clock, weekdays } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import { isShown } from './month.ts'
import type { Day, PostOnDay } from './queries.ts'

type Props = {
  page: Page
  month: string
  previous: string
  next: string
  days: Day[]
  posts: PostOnDay[]
  seesAll: boolean
}

export function CalendarPage(props: Props): Html {
  const { page, month, days, posts } = props
  const { language, timeZone } = page.site
  const names = weekdays(language)
  const weeks = Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7))
  return (
    <AdminLayout page={page} title={text('calendar.title')} hasKeys>
      <div class="heading-row">
        <h1>
          <MonthName month={month} language={language} />
        </h1>
        <Turning {...props} />
      </div>
      <p class="quiet">{text('calendar.zone', { zone: timeZone })}</p>
      {posts.length === 0 && <p class="empty">{text('calendar.empty')}</p>}
      <table class="calendar" data-rows>
        <caption class="hidden">
          {rich('calendar.postsOf', { month: <MonthName month={month} language={language} /> })}
        </caption>
        <thead>
          <tr>
            {names.map(({ long, short }) => (
              <th scope="col">
                <abbr title={long}>{short}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr>
              {week.map((day, index) => (
                <Cell {...props} day={day} weekday={names[index]?.long ?? ''} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </AdminLayout>
  )
}

function Turning({ previous, next, page }: Props): Html {
  const isNow = page.path === paths.admin.calendar()
  return (
    <nav class="buttons" aria-label={text('calendar.months')}>
      {isShown(previous) && (
        <a
          class="button second"
          rel="prev"
          href={paths.admin.calendar(previous)}
          aria-label={text('calendar.before')}
          title={text('calendar.before')}
        >
          ←
        </a>
      )}
      {!isNow && (
        <a class="button second" href={paths.admin.calendar()}>
          {text('calendar.goToday')}
        </a>
      )}
      {isShown(next) && (
        <a
          class="button second"
          rel="next"
          href={paths.admin.calendar(next)}
          aria-label={text('calendar.after')}
          title={text('calendar.after')}
        >
          →
        </a>
      )}
    </nav>
  )
}

function Cell({ page, day, weekday, posts, seesAll }: Props & { day: Day; weekday: string }): Html {
  const { language, timeZone } = page.site
  const number = <time datetime={day.day}>{Number(day.day.slice(8))}</time>
  if (!day.is_inside) {
    return (
      <td class="outside">
        <p class="day">{number}</p>
      </td>
    )
  }
  const found = posts.filter((post) => post.day === day.day)
  const more = (found[0]?.of_day ?? 0) - found.length
  const kind = [day.is_today && 'today', found.length === 0 && 'free'].filter(Boolean).join(' ')
  return (
    <td class={kind || undefined} aria-current={day.is_today ? 'date' : undefined}>
      <p class="day">
        <span class="weekday">{weekday} </span>
        {number}
        {day.is_today && <span class="mark-today"> {text('calendar.today')}</span>}
        {!day.is_past && (
          <a class="begin" href={paths.admin.newPost(day.day)} title={text('calendar.writeTitle')}>
            <span aria-hidden="true">+</span>
            <span class="hidden">
              {rich('calendar.write', { day: <WrittenDay date={new Date(day.day)} language={language} /> })}
            </span>
          </a>
        )}
      </p>
      {found.length > 0 && (
        <ul>
          {found.map((post) => (
            <li class={post.is_public ? undefined : 'waits'}>
              <a href={paths.admin.post(post.id)}>
                <span class="time">{clock(post.published_at, language, timeZone)}</span> {titleOf(post)}
              </a>
              {!post.is_public && <span class="quiet"> {text('calendar.scheduled')}</span>}
              {seesAll && post.author_name && <span class="quiet"> {post.author_name}</span>}
            </li>
          ))}
          {more > 0 && <li class="quiet">{text('calendar.more', { count: more })}</li>}
        </ul>
      )}
    </td>
  )
}
