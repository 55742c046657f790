import { MonthName } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { aboutPosts } from '../posts/post.ts'
import { PostEntries } from '../posts/views.tsx'
import type { PostList } from '../reading-lists/queries.ts'
import { spokenIn, text } from '../texts/texts.ts'
import { byYear, sumOf } from './archive.ts'
import type { ArchiveMonth, TagList } from './queries.ts'

type ArchiveProps = { page: Page; months: ArchiveMonth[]; hasUndated: boolean }

export function ArchivePage({ page, months, hasUndated }: ArchiveProps): Html {
  return (
    <Layout page={page} title={text('archive.title')}>
      <header class="intro">
        <h1>{text('archive.title')}</h1>
        {months.length > 0 && <p class="tagline">{text('archive.tagline', { posts: sumOf(months) })}</p>}
      </header>
      {months.length === 0 && !hasUndated && <p class="empty">{text('archive.empty')}</p>}
      {byYear(months).map(({ year, months, posts }) => (
        <section class="year">
          <h2>
            <a href={paths.archiveYear(year)}>{year}</a> <Count posts={posts} language={page.site.language} />
          </h2>
          <Months months={months} language={page.site.language} />
        </section>
      ))}
      {hasUndated && (
        <section class="year">
          <h2>
            <a href={paths.archiveUndated()}>{text('archive.undated')}</a>
          </h2>
        </section>
      )}
    </Layout>
  )
}

type YearProps = { page: Page; year: string; months: ArchiveMonth[]; list: PostList; isFirst: boolean }

export function YearPage({ page, year, months, list, isFirst }: YearProps): Html {
  return (
    <Layout
      page={page}
      title={isFirst ? year : text('archive.earlierOfYear', { year })}
      description={aboutPosts(list.posts)}
    >
      <header class="intro">
        <h1>{year}</h1>
        <p class="tagline">{isFirst ? text('archive.ofYear', { year }) : text('archive.earlierOf')}</p>
        <p class="quiet">
          <a href={paths.archive()}>{text('archive.allYears')}</a>
        </p>
      </header>
      {months.length > 1 && (
        <nav aria-label={text('archive.months')}>
          <Months months={months} language={page.site.language} />
        </nav>
      )}
      <PostEntries list={list} page={page} older={(before) => paths.archiveYear(year, before)} />
    </Layout>
  )
}

export function UndatedPage({ page, list }: { page: Page; list: PostList }): Html {
  return (
    <Layout page={page} title={text('archive.undated')} description={aboutPosts(list.posts)}>
      <header class="intro">
        <h1>{text('archive.undated')}</h1>
        <p class="tagline">{text('archive.undatedTagline')}</p>
        <p class="quiet">
          <a href={paths.archive()}>{text('archive.allYears')}</a>
        </p>
      </header>
      <PostEntries list={list} page={page} older={paths.archiveUndated} />
    </Layout>
  )
}

type MonthProps = { page: Page; year: string; month: string; list: PostList; isFirst: boolean }

export function MonthPage({ page, year, month, list, isFirst }: MonthProps): Html {
  return (
    <Layout page={page} title={`${year}-${month}`} description={aboutPosts(list.posts)}>
      <header class="intro">
        <h1>
          <MonthName month={`${year}-${month}`} language={page.site.language} />
        </h1>
        <p class="tagline">{isFirst ? text('archive.ofMonth') : text('archive.earlierOf')}</p>
        <p class="quiet">
          <a href={paths.archiveYear(year)}>{text('archive.allOfYear', { year })}</a>
        </p>
      </header>
      <PostEntries list={list} page={page} older={(before) => paths.archiveMonth(year, month, before)} />
    </Layout>
  )
}

export function TagsPage({ page, list, isFirst }: { page: Page; list: TagList; isFirst: boolean }): Html {
  return (
    <Layout page={page} title={text('archive.tags')}>
      <header class="intro">
        <h1>{text('archive.tags')}</h1>
        {list.tags.length > 0 && <p class="tagline">{text('archive.tagsTagline')}</p>}
      </header>
      {list.tags.length === 0 && <p class="empty">{isFirst ? text('archive.noTags') : text('archive.noMoreTags')}</p>}
      {list.tags.length > 0 && (
        <ul class="counted">
          {list.tags.map(({ slug, name, posts }) => (
            <li>
              <a href={paths.tag(slug)}>
                <bdi>{name}</bdi>
              </a>{' '}
              <Count posts={posts} language={page.site.language} />
            </li>
          ))}
        </ul>
      )}
      <Pager next={list.next && paths.tags(list.next)}>{text('archive.moreTags')}</Pager>
    </Layout>
  )
}

function Months({ months, language }: { months: ArchiveMonth[]; language: string }): Html {
  return (
    <ul class="counted">
      {months.map(({ month, posts }) => (
        <li>
          <a href={paths.archiveMonth(month.slice(0, 4), month.slice(5))}>
            <MonthName month={month} language={language} />
          </a>{' '}
          <Count posts={posts} language={language} />
        </li>
      ))}
    </ul>
  )
}

function Count({ posts, language }: { posts: number; language: string }): Html {
  return (
    <span class="count" {...spokenIn(language)}>
      {text('archive.count', { posts })}
    </span>
  )
}
