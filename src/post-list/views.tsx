import { Day, ZonedMinute, isKnown } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { audienceWords } from '../post-details/details.ts'
import { paths } from '../paths.ts'
import { titleOf, writePosition } from '../posts/post.ts'
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
    <AdminLayout page={page} title="Posts" hasKeys>
      <div class="heading-row">
        <h1>Posts</h1>
        <a class="button" href={paths.admin.newPost()} data-key="n">
          Write
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
        {list.looked ? 'Look further back' : 'More'}
      </Pager>
    </AdminLayout>
  )
}

function FilterForm({ filters, suggestions, seesAll }: Props): Html {
  return (
    <form class="filters" action={paths.admin.posts()} role="search" aria-label="Posts">
      <p class="wide">
        <label for="filter-text">Words</label>
        <input id="filter-text" name="text" type="search" value={filters.text ?? ''} maxlength={100} data-key="/" />
      </p>
      <p>
        <label for="filter-in">Look in</label>
        <select id="filter-in" name="in">
          <option value="">Titles</option>
          <option value="texts" selected={filters.in === 'texts'}>
            Titles and texts
          </option>
        </select>
      </p>
      <p>
        <label for="filter-state">State</label>
        <select id="filter-state" name="state">
          <option value="">All</option>
          {Object.entries(states).map(([state, words]) => (
            <option value={state} selected={filters.state === state}>
              {words}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for="filter-tag">Tag</label>
        <input id="filter-tag" name="tag" value={filters.tag ?? ''} list="tags" maxlength={100} autocomplete="off" />
      </p>
      {seesAll && (
        <p>
          <label for="filter-author">Author</label>
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
        <button class="second">Show</button>
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
    ['text', filters.text ? `“${filters.text}”${filters.in ? ' in titles and texts' : ' in titles'}` : ''],
    ['state', filters.state ? states[filters.state] : ''],
    ['tag', filters.tag ? `Tag ${filters.tag}` : ''],
    ['author', filters.author ? `By ${filters.author}` : ''],
  ]
  return (
    <ul class="chosen" aria-label="Filters">
      {words.map(
        ([name, text]) =>
          text && (
            <li>
              <a href={paths.admin.posts(without(filters, name))} aria-label={`Without ${text}`}>
                {text} <span aria-hidden="true">×</span>
              </a>
            </li>
          ),
      )}
      <li>
        <a href={paths.admin.posts()}>Clear all</a>
      </li>
    </ul>
  )
}

/** How many there are, or how far it was looked. */
function Found({ list: { count, looked, posts }, page }: Props): Html {
  if (count !== undefined) {
    if (count === 0) return <></>
    const words = count > mostCounted ? `${mostCounted.toLocaleString('en')}+` : count.toLocaleString('en')
    return (
      <p class="quiet">
        {words} {count === 1 ? 'post' : 'posts'}, changed last first
      </p>
    )
  }
  if (!looked) return <></>
  return (
    <p class="quiet" role="status">
      {posts.length} found in {looked.posts.toLocaleString('en')} posts
      {looked.back_to && (
        <>
          , back to the one changed on <Day date={looked.back_to} language={page.site.language} />
        </>
      )}
      .
    </p>
  )
}

function Nothing({ list, filters, isFirst, isFiltered }: Props & { isFiltered: boolean }): Html {
  if (list.unknown === 'author') return <p class="empty">Nobody here is called {filters.author ?? ''}.</p>
  if (list.unknown === 'tag') return <p class="empty">No post has the tag {filters.tag ?? ''}.</p>
  if (!isFirst) return <p class="empty">No more posts.</p>
  if (!isFiltered) return <p class="empty">Nothing written yet. The first post is one button away.</p>
  return (
    <div class="empty">
      <p>No post is like that.</p>
      <p>
        {filters.text && isInIndex(filters) && (
          <>
            <a href={paths.admin.posts({ ...filters, in: 'texts' })}>Look in the texts, too</a>, or{' '}
          </>
        )}
        <a href={paths.admin.posts()}>show all posts</a>.
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
        {post.has_draft && ' · unpublished changes'}
        {post.kind === 'page' && ' · page'}
        {post.visibility !== 'public' && ` · ${audienceWords[post.visibility]?.toLowerCase()}`}
        {post.author_name && ` · ${post.author_name}`}
      </span>
    </li>
  )
}

type Stood = { published_at: Date | null; updated_at: Date; is_public: boolean | null }

function Standing({ post, page }: { post: Stood; page: Page }): Html {
  const { language, timeZone } = page.site
  const { published_at, updated_at, is_public } = post
  if (!published_at) {
    return (
      <>
        Draft, changed <Day date={updated_at} language={language} />
      </>
    )
  }
  if (!is_public) {
    return (
      <>
        Appears <ZonedMinute date={published_at} language={language} zone={timeZone} />
      </>
    )
  }
  return <>Published {isKnown(published_at) ? <Day date={published_at} language={language} /> : 'without a date'}</>
}

/** What can be done to the posts that are ticked. */
function Changes({ filters, seesAll, mayPublish }: Props): Html {
  return (
    <fieldset class="changes">
      <legend>With the posts that are ticked</legend>
      <input type="hidden" name="back" value={new URLSearchParams(filters).toString()} />
      {/* The first button is what Enter in a field presses. Without a tag it changes nothing. */}
      <p class="joined">
        <label for="change-tag">Tag</label>
        <input id="change-tag" name="tag" list="tags" maxlength={50} autocomplete="off" />
        <button class="second" name="change" value="add-tag">
          Add
        </button>
        <button class="second" name="change" value="remove-tag">
          Remove
        </button>
      </p>
      {seesAll && (
        <p class="joined">
          <label for="change-author">Author</label>
          <input id="change-author" name="author" list="authors" maxlength={100} autocomplete="off" />
          <button class="second" name="change" value="author">
            Give to
          </button>
        </p>
      )}
      <p class="buttons">
        {mayPublish && (
          <>
            <button class="second" name="change" value="publish">
              Publish
            </button>
            <button class="second" name="change" value="unpublish">
              Take off the blog
            </button>
          </>
        )}
        <button class="second" name="change" value="bin">
          Move to the bin
        </button>
      </p>
    </fieldset>
  )
}
