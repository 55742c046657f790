import { Day } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import { daysInBin } from './bin.ts'
import type { BinnedPost } from './queries.ts'

type Props = { page: Page; posts: BinnedPost[]; next: string | undefined; isFirst: boolean; hasComments: boolean }

export function BinPage({ page, posts, next, isFirst, hasComments }: Props): Html {
  const { language } = page.site
  return (
    <AdminLayout page={page} title={text('postBin.title')}>
      <p class="quiet">
        <a href={paths.admin.posts()}>{text('postBin.posts')}</a>
        {hasComments && (
          <>
            {' · '}
            <a href={paths.admin.deletedComments()}>{text('comments.deletedTitle')}</a>
          </>
        )}
      </p>
      <h1>{text('postBin.title')}</h1>
      {posts.length === 0 ? (
        <p class="empty">
          {isFirst ? text('postBin.empty', { days: daysInBin }) : text('postBin.nothingOlder', { days: daysInBin })}
        </p>
      ) : (
        <p class="quiet">{text('postBin.note', { days: daysInBin })}</p>
      )}
      <ul class="rows">
        {posts.map((post) => (
          <li class="binned">
            <strong>{titleOf(post)}</strong>
            <span class="quiet">
              {post.published_at ? text('postBin.wasPublished') : text('postBin.wasDraft')} ·{' '}
              <Deleted post={post} language={language} /> ·{' '}
              {rich('postBin.gone', { day: <Day date={post.gone_at} language={language} /> })}
            </span>
            <div class="buttons">
              <form method="post" action={paths.admin.binRestoration(post.id)}>
                <button class="second small" aria-label={text('postBin.restorePost', { post: titleOf(post) })}>
                  {text('postBin.restore')}
                </button>
              </form>
              <details>
                <summary aria-label={text('postBin.removePost', { post: titleOf(post) })}>
                  {text('postBin.remove')}
                </summary>
                <form method="post" action={paths.admin.binRemoval(post.id)}>
                  <p>{text('postBin.removeNote')}</p>
                  <button class="warning">{text('postBin.removeForGood')}</button>
                </form>
              </details>
            </div>
          </li>
        ))}
      </ul>
      <Pager next={next && paths.admin.bin(next)}>{text('postBin.older')}</Pager>
    </AdminLayout>
  )
}

function Deleted({ post, language }: { post: BinnedPost; language: string }): Html {
  const day = <Day date={post.deleted_at} language={language} />
  return post.deleted_by_name
    ? rich('postBin.deletedBy', { day, name: post.deleted_by_name })
    : rich('postBin.deleted', { day })
}
