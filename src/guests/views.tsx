import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'

export function SentToGuestPage({ page, post }: { page: Page; post: string | undefined }): Html {
  return (
    <Layout page={page} title={text('guests.sentTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('guests.sentTitle')}</h1>
        <p>{text('guests.sent')}</p>
        {post !== undefined && (
          <p>
            <a href={`${paths.post(post)}#comments`}>{text('guests.toPost')}</a>
          </p>
        )}
      </section>
    </Layout>
  )
}

/** What a link from a mail is good for. */
export type LinkState = 'open' | 'closed' | 'confirmed' | 'dead'
type Props = {
  page: Page
  token: string
  state: LinkState
  comment: { post_slug: string; has_account: boolean } | undefined
}

export function ConfirmGuestPage({ page, token, state, comment }: Props): Html {
  return (
    <Layout page={page} title={text('guests.confirmTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('guests.confirmTitle')}</h1>
        {state === 'open' ? (
          <form method="post" action={paths.guestConfirmation(token)}>
            <p>{text('guests.confirmNote')}</p>
            {comment?.has_account && (
              <p>
                {rich('guests.hasAccount', {
                  signin: (inside) => <a href={paths.signIn(`${paths.post(comment.post_slug)}#comments`)}>{inside}</a>,
                })}
              </p>
            )}
            <button>{text('guests.confirm')}</button>
          </form>
        ) : (
          <p>{text('guests.linkIsNotOpen', { state })}</p>
        )}
        {state === 'confirmed' && comment && (
          <p>
            <a href={`${paths.post(comment.post_slug)}#comments`}>{text('guests.toPost')}</a>
          </p>
        )}
      </section>
    </Layout>
  )
}
