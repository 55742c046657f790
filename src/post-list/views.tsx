import { Day, ZonedMinute, isKnown } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf, writePosition } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import { type Filters, isInIndex, mostCounted, states, without } from './filters.ts'
import type { ListedPost, PostList, Suggestions } from './queries.ts'

type Props = {
  page: Page
  list: PostList
  filters: Filters
  suggestions: Suggestions
  isFirst: boolean
  /** May look at everybody's posts, and give them to others. */
  seesAll: boolean
  mayPublish: boolean
}

export function PostsPage(props: Props): Html {
  const { page, list, filters, isFirst } = props
  const isFiltered = Object.keys(filters).length > 0
  const isNew = isFirst && !isFiltered && list.posts.length === 0
  return (
    <AdminLayout page={page} title={text('postList.title')} hasKeys>
      <div class="heading-row">
        <h1>{text('postList.title')}</h1>
        <a class="button" href={paths.admin.newPost()} data-key="n">
          {text('postList.write')}
        </a>
      </div>
      {!isNew && <FilterForm {...props} />}
      {isFiltered && <Chosen filters={filters} />}
      <Found {...props} />
      {list.posts.length > 0 ? (
        <form method="post" action={paths.admin.postChanges()} data-rows>
          <ul class="rows picked">
            {list.posts.map((post) => (
              <Row post={post} page={page} />
            ))}
          </ul>
          <Changes {...props} />
        </form>
      ) : (
        !list.next && <Nothing {...props} isFiltered={isFiltered} />
      )}
      <Pager next={list.next && paths.admin.posts({ ...filters, before: writePosition(list.next) })}>
        {list.looked ? text('postList.lookBack') : text('postList.more')}
      </Pager>
    </AdminLayout>
  )
}

function FilterForm({ filters, suggestions, seesAll }: Props): Html {
  return (
    <form class="filters" action={paths.admin.posts()} role="search" aria-label={text('postList.title')}>
      <p class="wide">
        <label for="filter-text">{text('postList.words')}</label>
        <input id="filter-text" name="text" type="search" value={filters.text ?? ''} maxlength={100} data-key="/" />
      </p>
      <p>
        <label for="filter-in">{text('postList.lookIn')}</label>
        <select id="filter-in" name="in">
          <option value="">{text('postList.titles')}</option>
          <option value="texts" selected={filters.in === 'texts'}>
            {text('postList.titlesAndTexts')}
          </option>
        </select>
      </p>
      <p>
        <label for="filter-state">{text('postList.state')}</label>
        <select id="filter-state" name="state">
          <option value="">{text('postList.allStates')}</option>
          {Object.entries(states).map(([state, words]) => (
            <option value={state} selected={filters.state === state}>
              {words()}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for="filter-tag">{text('postList.tag')}</label>
        <input id="filter-tag" name="tag" value={filters.tag ?? ''} list="tags" maxlength={100} autocomplete="off" />
      </p>
      {seesAll && (
        <p>
          <label for="filter-author">{text('postList.author')}</label>
          <input
            id="filter-author"
            name="author"
            value={filters.author ?? ''}
            list="authors"
            maxlength={100}
            autocomplete="off"
          />
        </p>
      )}
      <p>
        <button class="second">{text('postList.show')}</button>
      </p>
      <Suggested name="tags" from={suggestions.tags} />
      {seesAll && <Suggested name="authors" from={suggestions.authors} />}
    </form>
  )
}

function Suggested({ name, from }: { name: string; from: { slug: string; name: string }[] }): Html {
  return (
    <datalist id={name}>
      {from.map(({ slug, name }) => (
        <option value={slug}>{name}</option>
      ))}
    </datalist>
  )
}

/** What the list is narrowed to, each with a way out. */
function Chosen({ filters }: { filters: Filters }): Html {
  const words: [name: keyof Filters, words: string][] = [
    ['text', filters.text ? wordsSought(filters.text, filters.in) : ''],
    ['state', filters.state ? states[filters.state]() : ''],
    ['tag', filters.tag ? text('postList.withTag', { tag: filters.tag }) : ''],
    ['author', filters.author ? text('postList.byAuthor', { author: filters.author }) : ''],
  ]
  return (
    <ul class="chosen" aria-label={text('postList.filters')}>
      {words.map(
        ([name, filter]) =>
          filter && (
            <li>
              <a href={paths.admin.posts(without(filters, name))} aria-label={text('postList.without', { filter })}>
                {filter} <span aria-hidden="true">×</span>
              </a>
            </li>
          ),
      )}
      <li>
        <a href={paths.admin.posts()}>{text('postList.clear')}</a>
      </li>
    </ul>
  )
}

function wordsSought(words: string, where: Filters['in']): string {
  return where ? text('postList.wordsInTexts', { words }) : text('postList.wordsInTitles', { words })
}

/** How many there are, or how far it was looked. */
function Found({ list: { count, looked, posts }, page }: Props): Html {
  if (count !== undefined) {
    if (count === 0) return <></>
    return (
      <p class="quiet">
        {count > mostCounted ? text('postList.foundMore', { most: mostCounted }) : text('postList.found', { count })}
      </p>
    )
  }
  if (!looked) return <></>
  return (
    <p class="quiet" role="status">
      {looked.back_to
        ? rich('postList.lookedBack', {
            found: posts.length,
            count: looked.posts,
            day: <Day date={looked.back_to} language={page.site.language} />,
          })
        : text('postList.looked', { found: posts.length, count: looked.posts })}
    </p>
  )
}

function Nothing({ list, filters, isFirst, isFiltered }: Props & { isFiltered: boolean }): Html {
  const { author = '', tag = '' } = filters
  if (list.unknown === 'author') return <p class="empty">{text('postList.unknownAuthor', { author })}</p>
  if (list.unknown === 'tag') return <p class="empty">{text('postList.unknownTag', { tag })}</p>
  if (!isFirst) return <p class="empty">{text('postList.noMore')}</p>
  if (!isFiltered) return <p class="empty">{text('postList.nothingYet')}</p>
  const all = (inside: Html) => <a href={paths.admin.posts()}>{inside}</a>
  const texts = (inside: Html) => <a href={paths.admin.posts({ ...filters, in: 'texts' })}>{inside}</a>
  return (
    <div class="empty">
      <p>{text('postList.noneLikeThat')}</p>
      <p>
        {filters.text && isInIndex(filters)
          ? rich('postList.lookInTexts', { texts, all })
          : rich('postList.showAll', { all })}
      </p>
    </div>
  )
}

function Row({ post, page }: { post: ListedPost; page: Page }): Html {
  return (
    <li>
      <label class="pick">
        <input type="checkbox" name="post" value={`${post.id}-${post.version}`} aria-label={titleOf(post)} />
      </label>
      <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
      <span class="quiet">
        <Standing post={post} page={page} />
        {post.has_draft && ` · ${text('postList.unpublishedChanges')}`}
        {post.kind === 'page' && ` · ${text('postList.page')}`}
        {post.visibility !== 'public' && ` · ${audienceOf(post.visibility)}`}
        {post.author_name && ` · ${post.author_name}`}
      </span>
    </li>
  )
}

function audienceOf(visibility: string): string {
  if (visibility === 'members') return text('postList.forMembers')
  return visibility === 'unlisted' ? text('postList.unlisted') : text('postList.private')
}

type Stood = { published_at: Date | null; updated_at: Date; is_public: boolean | null }

function Standing({ post, page }: { post: Stood; page: Page }): Html {
  const { language, timeZone } = page.site
  const { published_at, updated_at, is_public } = post
  if (!published_at) {
    return rich('postList.draftOf', { day: <Day date={updated_at} language={language} /> })
  }
  if (!is_public) {
    return rich('postList.appears', {
      time: <ZonedMinute date={published_at} language={language} zone={timeZone} />,
    })
  }
  if (!isKnown(published_at)) return <>{text('postList.publishedUndated')}</>
  return rich('postList.publishedOn', { day: <Day date={published_at} language={language} /> })
}

/** What can be done to the posts that are ticked. */
function Changes({ filters, seesAll, mayPublish }: Props): Html {
  return (
    <fieldset class="changes">
      <legend>{text('postList.withTicked')}</legend>
      <input type="hidden" name="back" value={new URLSearchParams(filters).toString()} />
      {/* The first button is what Enter in a field presses. Without a tag it changes nothing. */}
      <p class="joined">
        <label for="change-tag">{text('postList.tag')}</label>
        <input id="change-tag" name="tag" list="tags" maxlength={50} autocomplete="off" />
        <button class="second" name="change" value="add-tag">
          {text('postList.addTag')}
        </button>
        <button class="second" name="change" value="remove-tag">
          {text('postList.removeTag')}
        </button>
      </p>
      {seesAll && (
        <p class="joined">
          <label for="change-author">{text('postList.author')}</label>
          <input id="change-author" name="author" list="authors" maxlength={100} autocomplete="off" />
          <button class="second" name="change" value="author">
            {text('postList.giveTo')}
          </button>
        </p>
      )}
      <p class="buttons">
        {mayPublish && (
          <>
            <button class="second" name="change" value="publish">
              {text('postList.publish')}
            </button>
            <button class="second" name="change" value="unpublish">
              {text('postList.unpublish')}
            </button>
          </>
        )}
        <button class="second" name="change" value="bin">
          {text('postList.bin')}
        </button>
      </p>
    </fieldset>
  )
}
