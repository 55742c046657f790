import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { Field } from './form.tsx'
import type { Html } from './jsx-runtime.ts'
import { Layout } from './layout.tsx'
import type { Page } from './page.ts'

type ErrorProps = {
  page: Page
  status: number
  message: string
  /** What was typed into the form that was not taken: nobody has to write it twice. */
  kept?: string[]
  /** The page that the form was on. */
  back?: string | undefined
}

export function ErrorPage({ page, status, message, kept = [], back }: ErrorProps): Html {
  const isReaders = status === 404 && !/^\/admin(?:[/?]|$)/.test(page.path)
  const elsewhere = (inside: Html) => (
    <a href={paths.signIn()} target="_blank">
      {inside}
    </a>
  )
  const home = (inside: Html) => <a href={paths.home()}>{inside}</a>
  const signin = (inside: Html) => <a href={paths.signIn()}>{inside}</a>
  return (
    // What is not there is in no index, whatever the page says.
    <Layout
      page={page}
      title={titleOf(status) ?? text('errors.notPossible')}
      isPrivate={!isReaders}
      isThemed={isReaders}
    >
      <section class="narrow">
        <h1>{titleOf(status) ?? text('errors.didNotWork')}</h1>
        <p>{message}</p>
        {kept.length > 0 && (
          <section aria-label={text('errors.yourText')}>
            <p>{status === 401 ? rich('errors.signedOut', { signin: elsewhere }) : text('errors.textKept')}</p>
            {kept.map((typed) => (
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard
              <pre class="other-version" tabindex={0}>
                {typed}
              </pre>
            ))}
          </section>
        )}
        {isReaders && page.site.isSetUp && (
          <form action={paths.search()} role="search">
            <Field name="q" label={text('search.field')} />
            <button class="second">{text('search.button')}</button>
          </form>
        )}
        {back && (
          <p>
            <a href={back}>{text('errors.back')}</a>
          </p>
        )}
        <p>{status === 401 ? rich('errors.homeOrSignIn', { home, signin }) : rich('errors.home', { home })}</p>
      </section>
    </Layout>
  )
}

function titleOf(status: number): string | undefined {
  switch (status) {
    case 400:
      return text('errors.title400')
    case 401:
      return text('errors.title401')
    case 403:
      return text('errors.title403')
    case 404:
      return text('errors.title404')
    case 405:
      return text('errors.title405')
    case 409:
      return text('errors.title409')
    case 413:
      return text('errors.title413')
    case 422:
      return text('errors.title422')
    case 429:
      return text('errors.title429')
    case 500:
      return text('errors.title500')
    case 503:
      return text('errors.title503')
    default:
      return undefined
  }
}
