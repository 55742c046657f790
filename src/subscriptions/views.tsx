import { CheckBox } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { text } from '../texts/texts.ts'
import type { Subscription } from './queries.ts'

export type LinkState = 'open' | 'done' | 'dead'
type UnsubscribeProps = { page: Page; token: string; posts: { title: string }[]; isGuest: boolean; state: LinkState }

export function UnsubscribePage({ page, token, posts, isGuest, state }: UnsubscribeProps): Html {
  return (
    <Layout page={page} title={text('subscriptions.unsubscribe')} isPrivate>
      <section class="narrow">
        <h1>{text('subscriptions.unsubscribe')}</h1>
        {state === 'dead' && <p>{text('subscriptions.deadLink')}</p>}
        {state === 'done' && (
          <p class="done" role="status">
            {text('subscriptions.ended')}
          </p>
        )}
        {state === 'open' && (
          <>
            <p>{text('subscriptions.unsubscribeNote', { count: posts.length })}</p>
            <ul>
              {posts.map((post) => (
                <li dir="auto">{titleOf(post)}</li>
              ))}
            </ul>
            <form method="post" action={paths.unsubscribe(token)}>
              <button>{text('subscriptions.endMails')}</button>
            </form>
          </>
        )}
        {!isGuest && (
          <p class="quiet">
            <a href={paths.profile()}>{text('subscriptions.all')}</a>
          </p>
        )}
      </section>
    </Layout>
  )
}

type ListProps = { subscriptions: Subscription[]; isTold: boolean; canWrite: boolean; hasEmail: boolean }

/** The part of the profile about mail. */
export function Subscriptions({ subscriptions, isTold, canWrite, hasEmail }: ListProps): Html {
  return (
    <>
      <h2 id="subscriptions">{text('subscriptions.title')}</h2>
      {!hasEmail && <p class="notice">{text('subscriptions.noAddress')}</p>}
      {canWrite && (
        <form method="post" action={paths.commentMail()}>
          <CheckBox name="is_told_of_comments" label={text('subscriptions.ofMyPosts')} isOn={isTold} />
          <button>{text('subscriptions.save')}</button>
        </form>
      )}
      {subscriptions.length === 0 ? (
        <p class="quiet">{text('subscriptions.none')}</p>
      ) : (
        <ul class="rows">
          {subscriptions.map((subscription) => (
            <li>
              <SubscribedTo subscription={subscription} />
              <form method="post" action={paths.subscriptionEnd(subscription.id)}>
                <button aria-label={text('subscriptions.endOf', { title: titleOf(subscription) })}>
                  {text('subscriptions.end')}
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function SubscribedTo({ subscription: { thread_id, slug, ...post } }: { subscription: Subscription }): Html {
  return (
    <p>
      <a href={thread_id === null ? paths.post(slug) : paths.comment(slug, thread_id)} dir="auto">
        {titleOf(post)}
      </a>{' '}
      <span class="quiet">
        {thread_id === null ? text('subscriptions.wholePost') : text('subscriptions.oneThread')}
      </span>
    </p>
  )
}
