import { CheckBox, Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { ProviderButtons } from '../oauth/views.tsx'
import { paths } from '../paths.ts'
import type { Provider } from '../provider-settings.ts'
import { text } from '../texts/texts.ts'
import { EmailField } from '../users/views.tsx'

type SignInProps = {
  page: Page
  next: string
  /** Services that people may sign in by. */
  providers: readonly Provider[]
  form?: FormState
  message?: string
  done?: string
}

export function SignInPage({ page, next, providers, form, message, done }: SignInProps): Html {
  return (
    <Layout page={page} title={text('sessions.signIn')} isPrivate>
      <section class="narrow">
        <h1>{text('sessions.signIn')}</h1>
        {done && (
          <p class="done" role="status">
            {done}
          </p>
        )}
        <FormErrors form={form} message={message} />
        <form method="post" action={paths.signIn()}>
          <EmailField form={form} />
          <Field
            form={form}
            name="password"
            label={text('people.password')}
            type="password"
            autocomplete="current-password"
            maxlength={1024}
            required
          />
          <CheckBox form={form} name="keep" label={text('sessions.keep')} isOn={false} />
          <input type="hidden" name="next" value={next} />
          <button>{text('sessions.signIn')}</button>
        </form>
        <p>
          <a href={paths.forgottenPassword()}>{text('sessions.forgotten')}</a>
          {page.canRegister && (
            <>
              {' · '}
              <a href={paths.register(next)}>{text('html.register')}</a>
            </>
          )}
        </p>
        <ProviderButtons providers={providers} next={next} />
      </section>
    </Layout>
  )
}
