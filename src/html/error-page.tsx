import { paths } from '../paths.ts'
import type { Html } from './jsx-runtime.ts'
import { Layout } from './layout.tsx'
import type { Page } from './page.ts'

type ErrorProps = {
  page: Page
  status: number
  message: string
  /** What was typed into the form that was not taken: nobody has to write it twice. */
  kept?: string[]
}

export function ErrorPage({ page, status, message, kept = [] }: ErrorProps): Html {
  const isReaders = status === 404 && !/^\/admin(?:[/?]|$)/.test(page.path)
  return (
    <Layout page={page} title={titles[status] ?? 'Not possible'} isPrivate isThemed={isReaders}>
      <section class="narrow">
        <h1>{titles[status] ?? 'That did not work'}</h1>
        <p>{message}</p>
        {kept.length > 0 && (
          <section aria-label="Your text">
            <p>
              {status === 401 ? (
                <>
                  You were signed out in the meantime.{' '}
                  <a href={paths.signIn()} target="_blank">
                    Sign in in another tab
                  </a>
                  , then reload this page to send your text again.
                </>
              ) : (
                'Your text was not saved. It is kept here, to be copied:'
              )}
            </p>
            {kept.map((text) => (
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard
              <pre class="other-version" tabindex={0}>
                {text}
              </pre>
            ))}
          </section>
        )}
        <p>
          <a href={paths.home()}>To the front page</a>
          {status === 401 && (
            <>
              {' or '}
              <a href={paths.signIn()}>sign in</a>
            </>
          )}
        </p>
      </section>
    </Layout>
  )
}

const titles: Record<number, string> = {
  400: 'That request is not clear',
  401: 'Please sign in',
  403: 'Not for this account',
  404: 'Nothing here',
  405: 'Not this way',
  409: 'Not possible as things are',
  413: 'Too much at once',
  422: 'Please check what you sent',
  429: 'A little slower, please',
  500: 'Something went wrong',
  503: 'Back in a moment',
}
