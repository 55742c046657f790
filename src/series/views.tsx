import { dataBlock } from '../html/data-block.ts'
import { Day, isKnown } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { aboutPosts, titleOf } from '../posts/post.ts'
import { ofList } from '../structured-data/structured-data.ts'
import { rich, spokenIn, text } from '../texts/texts.ts'
import type { Series, SeriesList } from './queries.ts'
import { mostPartsBelow } from './series.ts'

export function SeriesPage({ page, series, origin }: { page: Page; series: Series; origin: string }): Html {
  const { title, parts } = series
  const path = paths.series(series.slug)
  return (
    <Layout
      page={page}
      title={title}
      description={aboutPosts(parts)}
      feedOf={path}
      canonical={origin + path}
      head={dataBlock(ofList(page.site, origin, { name: title, path }))}
    >
      <header class="intro">
        <h1>{title}</h1>
        <p class="tagline">{text('series.parts', { parts: parts.length })}</p>
        <p class="quiet">
          <a href={paths.allSeries()}>{text('series.all')}</a>
        </p>
      </header>
      <ol class="posts h-feed">
        {parts.map((part) => (
          <li class="h-entry">
            <h2 class="p-name">
              <a href={pathOf(part)} class="u-url" lang={part.language || undefined}>
                {titleOf(part)}
              </a>
            </h2>
            {part.published_at && isKnown(part.published_at) && (
              <p class="byline">
                <Day date={part.published_at} language={page.site.language} is="dt-published" />
              </p>
            )}
            {part.excerpt && (
              <p class="excerpt p-summary" dir="auto" lang={part.language || undefined}>
                {part.excerpt}
              </p>
            )}
          </li>
        ))}
      </ol>
    </Layout>
  )
}

export function AllSeriesPage({ page, list, isFirst }: { page: Page; list: SeriesList; isFirst: boolean }): Html {
  const { language } = page.site
  return (
    <Layout page={page} title={text('series.title')}>
      <header class="intro">
        <h1>{text('series.title')}</h1>
        {list.series.length > 0 && <p class="tagline">{text('series.tagline')}</p>}
      </header>
      {list.series.length === 0 && <p class="empty">{isFirst ? text('series.none') : text('series.noMore')}</p>}
      {list.series.length > 0 && (
        <ul class="rows">
          {list.series.map(({ slug, title, parts, newest }) => (
            <li>
              <a href={paths.series(slug)}>
                <bdi>{title}</bdi>
              </a>
              <span class="quiet" {...spokenIn(language)}>
                {text('series.count', { parts })}
                {isKnown(newest) && <>, {rich('series.newest', { date: <Day date={newest} language={language} /> })}</>}
              </span>
            </li>
          ))}
        </ul>
      )}
      <Pager next={list.next && paths.allSeries(list.next)}>{text('series.more')}</Pager>
    </Layout>
  )
}

type Parts = { slug: string; title: string; parts: { id: number; slug: string; title: string; language: string }[] }

/** Where a post stands in its series, and all of that, folded away. */
export function SeriesBox({ series, post_id }: { series: Parts; post_id: number }): Html {
  const { parts, title } = series
  const at = parts.findIndex(({ id }) => id === post_id)
  const [before, after] = [parts[at - 1], parts[at + 1]]
  const link = (inside: Html) => <a href={paths.series(series.slug)}>{inside}</a>
  return (
    <nav class="series" aria-label={text('reading.series')}>
      <p>
        {at >= 0
          ? rich('reading.seriesPart', { part: at + 1, parts: parts.length, title, link })
          : rich('reading.seriesOther', { title, link })}
      </p>
      {at >= 0 && (before || after) && (
        <p>
          {before && <PartLink part={before} rel="prev" />}
          {after && <PartLink part={after} rel="next" />}
        </p>
      )}
      {parts.length > 2 && parts.length <= mostPartsBelow && (
        <details>
          <summary>{text('reading.seriesAll', { parts: parts.length })}</summary>
          <ol>
            {parts.map((part) => (
              <li>
                {part.id === post_id ? (
                  <a href={paths.post(part.slug)} aria-current="page">
                    <bdi lang={part.language || undefined}>{titleOf(part)}</bdi>
                  </a>
                ) : (
                  <PartLink part={part} />
                )}
              </li>
            ))}
          </ol>
        </details>
      )}
    </nav>
  )
}

function PartLink({ part, rel }: { part: Parts['parts'][number]; rel?: 'prev' | 'next' }): Html {
  return (
    <a rel={rel} href={paths.post(part.slug)}>
      <bdi lang={part.language || undefined}>{titleOf(part)}</bdi>
    </a>
  )
}
