// Tags at the desk: the list, one of them, and what is asked before one becomes another or goes.
import type { Page as Rows } from '../db/keyset.ts'
import { Day } from '../html/date.tsx'
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import type { ListedPost } from '../reading-lists/queries.ts'
import type { SeenTag, Tag } from '../tags/queries.ts'
import { rich, text } from '../texts/texts.ts'
import { type Filters, queryOf } from './filters.ts'
import { Address, Former, GroupingLayout, ListFilters, RenameForm } from './list-views.tsx'
import type { TagUses } from './queries.ts'
import { type TagSort, mostPostsCounted, tagSorts } from './tag-list.ts'

type ListProps = {
  page: Page
  list: Rows<SeenTag>
  filters: Filters<TagSort>
  seesAll: boolean
  isFirst: boolean
  done: unknown
}

export function TagsPage({ page, list, filters, seesAll, isFirst, done }: ListProps): Html {
  const title = text('archive.tags')
  return (
    <GroupingLayout page={page} section="tags" title={title} done={done}>
      <h1>{title}</h1>
      <p class="quiet">{seesAll ? text('tags.intro') : text('tags.introSome')}</p>
      <ListFilters action={paths.admin.tags()} label={title} filters={filters} sorts={tagSorts} />
      {list.rows.length === 0 && (
        <p class="empty">
          {!isFirst ? text('archive.noMoreTags') : filters.q ? text('tags.noneLikeThat') : text('archive.noTags')}
        </p>
      )}
      <ul class="rows">
        {list.rows.map((tag) => (
          <li>
            <a href={paths.admin.tag(tag.id)}>
              <bdi>{tag.name}</bdi>
            </a>
            <span class="quiet">
              {tag.posts > 0 ? text('archive.count', { posts: tag.posts }) : text('tags.notFound')}
            </span>
          </li>
        ))}
      </ul>
      <Pager
        next={list.next === null ? undefined : paths.admin.tags({ ...queryOf(filters, tagSorts), cursor: list.next })}
      >
        {text('archive.moreTags')}
      </Pager>
    </GroupingLayout>
  )
}

type TagProps = {
  page: Page
  tag: SeenTag
  posts: ListedPost[]
  /** Of who may change it. */
  uses: TagUses | undefined
  former: string[]
  form: FormState
  done: unknown
}

export function TagPage({ page, tag, posts, uses, former, form, done }: TagProps): Html {
  return (
    <GroupingLayout page={page} section="tags" title={tag.name} done={done}>
      <h1>
        <bdi>{tag.name}</bdi>
      </h1>
      <p class="quiet">
        <Address path={paths.tag(tag.slug)} isLink={posts.length > 0} />
        {uses && (
          <>
            {' · '}
            <Uses uses={uses} />
          </>
        )}
      </p>
      {uses && (
        <RenameForm
          action={paths.admin.tag(tag.id)}
          field="name"
          hint={text('tags.nameHint')}
          value={tag.name}
          maxlength={50}
          form={form}
        />
      )}
      <section>
        <h2>{text('tags.newestPosts')}</h2>
        {posts.length === 0 && <p class="empty">{text('tags.notFound')}</p>}
        <ul class="rows">
          {posts.map((post) => (
            <li>
              <a href={uses ? paths.admin.post(post.id) : paths.post(post.slug)}>{titleOf(post)}</a>
              <span class="quiet">
                {post.published_at && <Day date={post.published_at} language={page.site.language} />}
                {post.author_name && ` · ${post.author_name}`}
              </span>
            </li>
          ))}
        </ul>
        {page.visitor?.canWrite && (
          <p class="ways">
            <a href={paths.admin.posts({ tag: tag.slug })}>{uses ? text('tags.allPosts') : text('tags.ownPosts')}</a>
            {uses && uses.drafts > 0 && (
              <a href={paths.admin.posts({ tag: tag.slug, state: 'draft' })}>{text('tags.itsDrafts')}</a>
            )}
          </p>
        )}
      </section>
      <Former former={former} />
      {uses && (
        <p class="ways apart-above">
          <a href={paths.admin.tagMerge(tag.id)}>{text('tags.merge')}</a>
          <a href={paths.admin.tagDeletion(tag.id)}>{text('tags.delete')}</a>
        </p>
      )}
    </GroupingLayout>
  )
}

function Uses({ uses: { posts, drafts, binned, is_more } }: { uses: TagUses }): Html {
  if (is_more) return <>{text('tags.manyUses', { most: mostPostsCounted })}</>
  return (
    <>
      {text('tags.uses', { posts, drafts })}
      {binned > 0 && text('tags.alsoBinned', { binned })}
    </>
  )
}

type MergeProps = { page: Page; tag: SeenTag; into?: Tag; uses?: TagUses; form: FormState }

export function MergePage({ page, tag, into, uses, form }: MergeProps): Html {
  return (
    <GroupingLayout page={page} section="tags" title={text('tags.merge')}>
      <section class="narrow">
        <h1>{text('tags.merge')}</h1>
        {into && uses ? (
          <>
            <p>{rich('tags.mergeQuestion', { tag: <b>{tag.name}</b>, into: <b>{into.name}</b> })}</p>
            <p>
              <Uses uses={uses} />
            </p>
            <p>
              {rich('tags.mergeAddress', {
                from: <Address path={paths.tag(tag.slug)} isLink={false} />,
                to: <Address path={paths.tag(into.slug)} isLink={false} />,
              })}
            </p>
            <form method="post" action={paths.admin.tagMerge(tag.id)}>
              <input type="hidden" name="into" value={String(into.id)} />
              <p class="buttons">
                <button>{text('tags.mergeDo')}</button>
                <a class="button second" href={paths.admin.tag(tag.id)}>
                  {text('team.keep')}
                </a>
              </p>
            </form>
          </>
        ) : (
          <form action={paths.admin.tagMerge(tag.id)}>
            <p>{rich('tags.mergeIntro', { tag: <b>{tag.name}</b> })}</p>
            <FormErrors form={form} />
            <Field form={form} name="into" label={text('tags.mergeInto')} maxlength={100} required />
            <button>{text('tags.mergeLook')}</button>
          </form>
        )}
      </section>
    </GroupingLayout>
  )
}

export function TagDeletionPage({ page, tag, uses }: { page: Page; tag: SeenTag; uses: TagUses }): Html {
  return (
    <GroupingLayout page={page} section="tags" title={text('tags.delete')}>
      <section class="narrow">
        <h1>{text('tags.delete')}</h1>
        <p>{rich('tags.deleteQuestion', { tag: <b>{tag.name}</b> })}</p>
        <p>
          <Uses uses={uses} />
        </p>
        <form method="post" action={paths.admin.tagDeletion(tag.id)}>
          <p class="buttons">
            <button>{text('team.delete')}</button>
            <a class="button second" href={paths.admin.tag(tag.id)}>
              {text('team.keep')}
            </a>
          </p>
        </form>
      </section>
    </GroupingLayout>
  )
}
