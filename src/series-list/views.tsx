// Series at the desk: the list, one of them with its parts in order, and what is asked before one goes.
import type { Page as Rows } from '../db/keyset.ts'
import { Day } from '../html/date.tsx'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { mostParts } from '../series/series.ts'
import { type Filters, queryOf } from '../tag-list/filters.ts'
import { Address, Former, GroupingLayout, ListFilters, RenameForm } from '../tag-list/list-views.tsx'
import { rich, text } from '../texts/texts.ts'
import type { SeriesRow } from './queries.ts'
import { type SeriesSort, seriesSorts } from './series-list.ts'

type ListProps = {
  page: Page
  list: Rows<SeriesRow>
  filters: Filters<SeriesSort>
  seesAll: boolean
  isFirst: boolean
  done: unknown
}

export function AllSeriesPage({ page, list, filters, seesAll, isFirst, done }: ListProps): Html {
  const title = text('series.title')
  const next = list.next === null ? undefined : { ...queryOf(filters, seriesSorts), cursor: list.next }
  return (
    <GroupingLayout page={page} section="series" title={title} done={done}>
      <h1>{title}</h1>
      <p class="quiet">{seesAll ? text('series.intro') : text('series.introSome')}</p>
      <ListFilters action={paths.admin.allSeries()} label={title} filters={filters} sorts={seriesSorts} />
      {list.rows.length === 0 && (
        <p class="empty">
          {!isFirst ? text('series.noMore') : filters.q ? text('series.noneLikeThat') : text('series.none')}
        </p>
      )}
      <ul class="rows">
        {list.rows.map((series) => (
          <li>
            <a href={paths.admin.series(series.id)}>
              <bdi>{series.title}</bdi>
            </a>
            <span class="quiet">
              <Parts series={series} seesAll={seesAll} />
            </span>
          </li>
        ))}
      </ul>
      <Pager next={next && paths.admin.allSeries(next)}>{text('series.more')}</Pager>
    </GroupingLayout>
  )
}

function Parts({ series: { parts, listed }, seesAll }: { series: SeriesRow; seesAll: boolean }): Html {
  const shown = seesAll ? parts : listed
  if (shown > mostParts) return <>{text('series.manyParts', { most: mostParts })}</>
  return (
    <>
      {text('series.count', { parts: shown })}
      {seesAll && listed < parts && text('series.listed', { parts: listed })}
    </>
  )
}

type Part = {
  id: number
  slug: string
  title: string
  language: string
  published_at: Date | null
  series_part: number | null
  author_name?: string | null
  is_public?: boolean
}
type SeriesProps = {
  page: Page
  series: { id: number; slug: string; title: string }
  parts: Part[]
  mayChange: boolean
  former: string[]
  form: FormState
  done: unknown
}

export function SeriesPage(props: SeriesProps): Html {
  const { page, series, parts, mayChange, former, form, done } = props
  return (
    <GroupingLayout page={page} section="series" title={series.title} done={done}>
      <h1>
        <bdi>{series.title}</bdi>
      </h1>
      <p class="quiet">
        <Address path={paths.series(series.slug)} isLink={parts.some((part) => part.is_public ?? true)} />
      </p>
      {mayChange && (
        <RenameForm
          action={paths.admin.series(series.id)}
          field="title"
          hint={text('series.titleHint')}
          value={series.title}
          maxlength={200}
          form={form}
        />
      )}
      <section>
        <h2>{text('series.inOrder')}</h2>
        {mayChange && parts.length > 1 && <p class="quiet">{text('series.orderHint')}</p>}
        {parts.length === 0 && <p class="empty">{text('series.noParts')}</p>}
        {parts.length === mostParts && <p class="quiet">{text('series.cut', { most: mostParts })}</p>}
        <ol class="rows">
          {parts.map((part, index) => (
            <PartRow part={part} place={index + 1} last={parts.length} {...props} />
          ))}
        </ol>
      </section>
      <Former former={former} />
      {mayChange && (
        <p class="apart-above">
          <a href={paths.admin.seriesDeletion(series.id)}>{text('series.delete')}</a>
        </p>
      )}
    </GroupingLayout>
  )
}

function PartRow({
  part,
  place,
  last,
  page,
  series,
  mayChange,
}: SeriesProps & { part: Part; place: number; last: number }) {
  const title = titleOf(part)
  const isOut = part.is_public ?? true
  return (
    <li class={mayChange ? 'with-action' : undefined} id={`part-${part.id}`}>
      <a href={mayChange ? paths.admin.post(part.id) : paths.post(part.slug)}>
        <bdi lang={part.language || undefined}>{title}</bdi>
      </a>
      <span class="quiet">
        {part.series_part === null ? text('series.noNumber') : text('series.number', { part: part.series_part })}
        {' · '}
        {!isOut && (part.published_at ? text('series.scheduled') : text('series.draft'))}
        {isOut && part.published_at && <Day date={part.published_at} language={page.site.language} />}
        {part.author_name && ` · ${part.author_name}`}
      </span>
      {mayChange && last > 1 && (
        <form method="post" action={paths.admin.seriesOrder(series.id)} class="ways">
          <input type="hidden" name="post" value={String(part.id)} />
          {place > 1 && (
            <button
              class="second small"
              name="to"
              value={String(place - 1)}
              aria-label={text('series.upOf', { title })}
            >
              {text('series.up')}
            </button>
          )}
          {place < last && (
            <button
              class="second small"
              name="to"
              value={String(place + 1)}
              aria-label={text('series.downOf', { title })}
            >
              {text('series.down')}
            </button>
          )}
        </form>
      )}
    </li>
  )
}

type DeletionProps = { page: Page; series: SeriesProps['series']; counts: { posts: number; binned: number } }

export function SeriesDeletionPage({ page, series, counts: { posts, binned } }: DeletionProps): Html {
  return (
    <GroupingLayout page={page} section="series" title={text('series.delete')}>
      <section class="narrow">
        <h1>{text('series.delete')}</h1>
        <p>{rich('series.deleteQuestion', { title: <b>{series.title}</b>, posts })}</p>
        {binned > 0 && <p>{text('series.alsoBinned', { binned })}</p>}
        <form method="post" action={paths.admin.seriesDeletion(series.id)}>
          <p class="buttons">
            <button>{text('team.delete')}</button>
            <a class="button second" href={paths.admin.series(series.id)}>
              {text('team.keep')}
            </a>
          </p>
        </form>
      </section>
    </GroupingLayout>
  )
}
