// What the blog knows of who asks, and the way to have it forgotten.
import { commentChoices } from '../departures/departure.ts'
import type { Belongings } from '../departures/queries.ts'
import { Choices } from '../departures/choice-views.tsx'
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'

type Props = { page: Page; belongings: Belongings; hasPassword: boolean; form: FormState }

export function OwnDataPage({ page, belongings, hasPassword, form }: Props): Html {
  const { posts, comments, reactions, subscriptions } = belongings
  return (
    <Layout page={page} title={text('team.yourData')} isPrivate>
      <section class="narrow">
        <h1>{text('team.yourData')}</h1>
        <p>{text('team.yourDataIntro')}</p>
        <form method="post" action={paths.ownDataFile()}>
          <button>{text('team.download')}</button>
        </form>
        <h2>{text('team.erase')}</h2>
        <p>{text('team.eraseIntro', { posts, reactions, subscriptions })}</p>
        {hasPassword ? (
          <>
            <FormErrors form={form} />
            <form method="post" action={paths.ownErasure()}>
              <Choices
                form={form}
                name="comments"
                legend={comments > 0 ? text('team.whatOfComments', { comments }) : text('team.guestComments')}
                words={commentChoices.map((choice) => [choice, text('team.commentChoice', { choice })])}
                usual="keep"
              />
              <Field
                form={form}
                name="password"
                type="password"
                label={text('people.password')}
                autocomplete="current-password"
                maxlength={1024}
                required
              />
              <p>{text('team.noWayBack')}</p>
              <button>{text('team.erase')}</button>
            </form>
          </>
        ) : (
          <p>
            {text('team.erasePasswordFirst')} <a href={paths.forgottenPassword()}>{text('sessions.forgotten')}</a>
          </p>
        )}
      </section>
    </Layout>
  )
}

/** For who was somebody here a moment ago, and is nobody now. */
export function ErasedPage({ page, comments }: { page: Page; comments: 'keep' | 'empty' }): Html {
  return (
    <Layout page={page} title={text('team.erasedTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('team.erasedTitle')}</h1>
        <p>{text('team.erasedWhat')}</p>
        <p>{text('team.erasedComments', { comments })}</p>
        <p>{text('team.erasedNothing')}</p>
        <p>{rich('errors.home', { home: (inside) => <a href={paths.home()}>{inside}</a> })}</p>
      </section>
    </Layout>
  )
}
