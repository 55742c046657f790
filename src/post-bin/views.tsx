import { Day } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { text } from '../texts/texts.ts'
import { daysInBin } from './bin.ts'
import type { BinnedPost } from './queries.ts'

type Props = { page: Page; posts: BinnedPost[]; next: string | undefined; isFirst: boolean; hasComments: boolean }

export function BinPage({ page, posts, next, isFirst, hasComments }: Props): Html {
  const { language } = page.site
  return (
    <AdminLayout page={page} title="Bin">
      <p class="quiet">
        <a href={paths.admin.posts()}>Posts</a>
        {hasComments && (
          <>
            {' · '}
            <a href={paths.admin.deletedComments()}>{text('comments.deletedTitle')}</a>
          </>
        )}
      </p>
      <h1>Bin</h1>
      {posts.length === 0 ? (
        <p class="empty">
          {isFirst ? 'Nothing here.' : 'Nothing older.'} What you delete stays here for {daysInBin} days.
        </p>
      ) : (
        <p class="quiet">
          What was deleted stays here for {daysInBin} days, with its comments. Restored, it is as it was.
        </p>
      )}
      <ul class="rows">
        {posts.map((post) => (
          <li class="binned">
            <strong>{titleOf(post)}</strong>
            <span class="quiet">
              {post.published_at ? 'Was published' : 'Was a draft'} · deleted{' '}
              <Day date={post.deleted_at} language={language} />
              {post.deleted_by_name && ` by ${post.deleted_by_name}`} · gone{' '}
              <Day date={post.gone_at} language={language} />
            </span>
            <div class="buttons">
              <form method="post" action={paths.admin.binRestoration(post.id)}>
                <button class="second small" aria-label={`Restore ${titleOf(post)}`}>
                  Restore
                </button>
              </form>
              <details>
                <summary aria-label={`Remove ${titleOf(post)} for good`}>Remove</summary>
                <form method="post" action={paths.admin.binRemoval(post.id)}>
                  <p>The post, its comments and its revisions go. This cannot be undone.</p>
                  <button class="warning">Remove for good</button>
                </form>
              </details>
            </div>
          </li>
        ))}
      </ul>
      <Pager next={next && paths.admin.bin(next)}>Deleted earlier</Pager>
    </AdminLayout>
  )
}
