import { Day } from '../html/date.tsx'
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { longestWho } from './ban.ts'
import type { ListedBan } from './queries.ts'

type Props = { page: Page; bans: ListedBan[]; next: number | undefined; form: FormState; isFirst: boolean }

export function BansPage({ page, bans, next, form, isFirst }: Props): Html {
  return (
    <AdminLayout page={page} title={text('moderation.bansTitle')}>
      <h1>{text('moderation.bansTitle')}</h1>
      <p class="quiet">
        <a href={paths.admin.comments()}>{text('moderation.toQueue')}</a>
      </p>
      <p>{text('moderation.banIntro')}</p>
      <section class="narrow">
        <FormErrors form={form} />
        <form method="post" action={paths.admin.bans()}>
          <Field
            form={form}
            name="who"
            label={text('moderation.banWho')}
            hint={text('moderation.banWhoHint')}
            maxlength={longestWho}
            required
          />
          <Field
            form={form}
            name="reason"
            label={text('moderation.banReason')}
            hint={text('moderation.banReasonHint')}
            maxlength={500}
            required
          />
          <Field
            form={form}
            name="days"
            label={text('moderation.banDays')}
            hint={text('moderation.banDaysHint')}
            value="0"
            maxlength={4}
          />
          <button>{text('moderation.ban')}</button>
        </form>
      </section>
      {bans.length === 0 && (
        <p class="empty">{isFirst ? text('moderation.banEmpty') : text('comments.nothingFurther')}</p>
      )}
      <ul class="rows bans">
        {bans.map((ban) => (
          <li>
            <span class="whole">
              <Line ban={ban} language={page.site.language} />
              <span class="why" dir="auto">
                {ban.reason}
              </span>
            </span>
            <form method="post" action={paths.admin.banEnd(ban.id)}>
              <button
                class="second small"
                aria-label={`${text('moderation.lift')}: ${ban.network ?? ban.email ?? ban.name ?? ''}`}
              >
                {text('moderation.lift')}
              </button>
            </form>
          </li>
        ))}
      </ul>
      <Pager next={next && paths.admin.bans({ before: String(next) })}>{text('moderation.earlier')}</Pager>
    </AdminLayout>
  )
}

function Line({ ban, language }: { ban: ListedBan; language: string }): Html {
  const until = !ban.is_in_force
    ? text('moderation.banEnded')
    : ban.expires_at
      ? rich('moderation.banUntil', { date: <Day date={ban.expires_at} language={language} /> })
      : text('moderation.banForever')
  return rich('moderation.bannedLine', {
    whom: <bdi class="who">{ban.network ?? ban.email ?? ban.name ?? text('comments.someone')}</bdi>,
    until,
    date: <Day date={ban.created_at} language={language} />,
    name: <bdi>{ban.maker_name ?? text('comments.someone')}</bdi>,
  })
}
