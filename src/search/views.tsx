import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { titleOf, writePosition } from '../posts/post.ts'
import { Byline } from '../posts/views.tsx'
import { rich, text } from '../texts/texts.ts'
import type { Shown } from './queries.ts'
import { type Problem, isEmpty, mostCharacters } from './query.ts'
import type { Order, Results } from './search.ts'
import { type Marking, type Piece, hasMarks, mark, snippet } from './snippet.ts'

type SearchPageProps = {
  page: Page
  typed: string
  order: Order
  isFirst: boolean
  /** Nothing was typed yet; or PostgreSQL had no answer in time. */
  results: Results | 'nothing-typed' | 'took-too-long'
}

export function SearchPage({ page, typed, order, isFirst, results }: SearchPageProps): Html {
  return (
    <Layout
      page={page}
      title={typed === '' ? text('search.title') : text('search.titleOf', { query: typed.slice(0, mostCharacters) })}
      isUnlisted={typed !== ''}
      isSearch
      script="search.js"
      style="search.css"
    >
      <header class="intro">
        <h1>{text('search.title')}</h1>
        <form class="search" role="search" action={paths.search()}>
          <label for="q">{text('search.field')}</label>
          <input
            id="q"
            name="q"
            type="search"
            value={typed}
            autocomplete="off"
            data-suggestions={paths.searchSuggestions()}
            {...(typed === '' && { autofocus: true })}
          />
          <button>{text('search.button')}</button>
        </form>
      </header>
      {results === 'nothing-typed' ? (
        <Tips />
      ) : results === 'took-too-long' ? (
        <p class="notice" role="status">
          {text('search.tookTooLong')}
        </p>
      ) : (
        <Found page={page} typed={typed} order={order} isFirst={isFirst} results={results} />
      )}
    </Layout>
  )
}

type FoundProps = Omit<SearchPageProps, 'results'> & { results: Results }

function Found({ page, typed, order, isFirst, results }: FoundProps): Html {
  const { asked, posts, marking, count, instead, next } = results
  const query = { q: typed, ...(order === 'newest' && { order }) }
  return (
    <>
      {asked.problems.map((problem) => (
        <p class="notice" role="status">
          {problemText[problem]()}
        </p>
      ))}
      {instead && (
        <p class="instead">
          {rich('search.instead', {
            query: instead,
            link: (words: Html) => <a href={paths.search({ q: instead })}>{words}</a>,
          })}
        </p>
      )}
      {posts.length > 0 ? (
        <>
          <p class="quiet counted" role="status">
            {count === undefined
              ? results.order === 'newest' && asked.groups.length > 0
                ? text('search.foundMany', { count: 5000 })
                : text('search.foundNewest')
              : text('search.found', { count })}
            {count !== undefined && count > 1 && <Orders typed={typed} order={order} />}
          </p>
          <ol class="posts results">
            {posts.map((post) => (
              <Result post={post} marking={marking} language={page.site.language} />
            ))}
          </ol>
          <Pager
            label={text('search.pages')}
            next={
              next &&
              paths.search({
                ...query,
                ...('page' in next ? { page: next.page } : { before: writePosition(next.before) }),
              })
            }
          >
            {text('search.more')}
          </Pager>
        </>
      ) : (
        !asked.problems.includes('tooLong') && (
          <>
            <p role="status">{emptyWords(results, isFirst)}</p>
            {isFirst && <Tips />}
          </>
        )
      )}
    </>
  )
}

function emptyWords({ asked }: Results, isFirst: boolean): string {
  if (!isFirst) return text('search.nothingFurther')
  return isEmpty(asked) && asked.problems.length === 0 ? text('search.noWord') : text('search.nothing')
}

const problemText: Record<Problem, () => string> = {
  tooLong: () => text('search.tooLong', { most: mostCharacters }),
  tooMany: () => text('search.tooMany'),
  badDate: () => text('search.badDate'),
}

function Orders({ typed, order }: { typed: string; order: Order }): Html {
  const other = order === 'best' ? 'newest' : 'best'
  const words = { best: text('search.orderBest'), newest: text('search.orderNewest') }
  return (
    <span class="orders">
      <span aria-current="true">{words[order]}</span>
      <a href={paths.search({ q: typed, ...(other === 'newest' && { order: other }) })}>{words[other]}</a>
    </span>
  )
}

function Result({ post, marking, language }: { post: Shown; marking: Marking; language: string }): Html {
  const isPage = post.kind === 'page'
  const pieces = snippet(post.body, marking)
  return (
    <li lang={post.language || undefined}>
      <h2 dir="auto">
        <a href={pathOf(post)}>
          <Pieces pieces={mark(titleOf(post), marking)} />
        </a>
      </h2>
      <Byline post={isPage ? { ...post, published_at: null } : post} language={language} showsAuthor={!isPage} />
      {pieces.length > 0 && (
        <p class={hasMarks(pieces) ? 'excerpt found' : 'excerpt'} dir="auto">
          <Pieces pieces={pieces} />
        </p>
      )}
      {post.tags.length > 0 && (
        <ul class="tags">
          {post.tags.map((tag) => (
            <li>
              <a href={paths.tag(tag.slug)} rel="tag">
                {tag.name}
              </a>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

function Pieces({ pieces }: { pieces: Piece[] }): Html {
  return <>{pieces.map(({ text, isMarked }) => (isMarked ? <mark>{text}</mark> : text))}</>
}

function Tips(): Html {
  const code = (words: Html) => <code>{words}</code>
  return (
    <section class="tips" aria-labelledby="tips">
      <h2 id="tips">{text('search.tipsTitle')}</h2>
      <ul>
        <li>{rich('search.tipWords', { code })}</li>
        <li>{rich('search.tipPhrase', { code })}</li>
        <li>{rich('search.tipNot', { code })}</li>
        <li>{rich('search.tipOr', { code })}</li>
        <li>{rich('search.tipTag', { code })}</li>
        <li>{rich('search.tipAuthor', { code })}</li>
        <li>{rich('search.tipDates', { code })}</li>
      </ul>
      <p class="quiet">{text('search.tipLess')}</p>
    </section>
  )
}
