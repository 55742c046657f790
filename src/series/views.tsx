import { dataBlock } from '../html/data-block.ts'
import { Day, isKnown } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { titleOf } from '../posts/post.ts'
import { ofList } from '../structured-data/structured-data.ts'
import type { Series } from './queries.ts'

export function SeriesPage({ page, series, origin }: { page: Page; series: Series; origin: string }): Html {
  const { title, parts } = series
  const path = paths.series(series.slug)
  return (
    <Layout
      page={page}
      title={title}
      feedOf={path}
      canonical={origin + path}
      head={dataBlock(ofList(page.site, origin, { name: title, path }))}
    >
      <header class="intro">
        <h1>{title}</h1>
        <p class="tagline">
          {parts.length === 1 ? 'A series with one part so far' : `A series in ${parts.length} parts`}
        </p>
      </header>
      <ol class="posts h-feed">
        {parts.map((part) => (
          <li class="h-entry">
            <h2 class="p-name">
              <a href={pathOf(part)} class="u-url">
                {titleOf(part)}
              </a>
            </h2>
            {part.published_at && isKnown(part.published_at) && (
              <p class="byline">
                <Day date={part.published_at} language={page.site.language} is="dt-published" />
              </p>
            )}
            {part.excerpt && (
              <p class="excerpt p-summary" dir="auto">
                {part.excerpt}
              </p>
            )}
          </li>
        ))}
      </ol>
    </Layout>
  )
}

/** Where a post stands in its series. */
export function SeriesBox({ series, post_id }: { series: Series; post_id: number }): Html {
  const { parts } = series
  const at = parts.findIndex(({ id }) => id === post_id)
  const [before, after] = [parts[at - 1], parts[at + 1]]
  return (
    <nav class="series" aria-label="Series">
      <p>
        {at >= 0 && `Part ${at + 1} of ${parts.length} of `}
        <a href={paths.series(series.slug)}>{series.title}</a>
      </p>
      {at >= 0 && (before || after) && (
        <p>
          {before && (
            <a rel="prev" href={pathOf(before)}>
              {titleOf(before)}
            </a>
          )}
          {after && (
            <a rel="next" href={pathOf(after)}>
              {titleOf(after)}
            </a>
          )}
        </p>
      )}
    </nav>
  )
}
