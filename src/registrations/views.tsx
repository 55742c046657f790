import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { EmailField, NewPasswordField } from '../users/views.tsx'

export function RegisterPage({ page, next, form }: { page: Page; next: string; form?: FormState }): Html {
  return (
    <Layout page={page} title={text('registrations.register')} isPrivate>
      <section class="narrow">
        <h1>{text('registrations.register')}</h1>
        <p>{text('registrations.intro')}</p>
        <FormErrors form={form} />
        <form method="post" action={paths.register()}>
          <Field
            form={form}
            name="name"
            label={text('people.name')}
            hint={text('people.nameHintNew')}
            autocomplete="name"
            maxlength={128}
            required
          />
          <EmailField form={form} />
          <NewPasswordField form={form} />
          <input type="hidden" name="next" value={next} />
          <button>{text('registrations.register')}</button>
        </form>
        <p>
          <a href={paths.signIn(next)}>{text('registrations.haveAccount')}</a>
        </p>
      </section>
    </Layout>
  )
}

export function RegisteredPage({ page }: { page: Page }): Html {
  return (
    <Layout page={page} title={text('registrations.sent')} isPrivate>
      <section class="narrow">
        <h1>{text('registrations.sent')}</h1>
        <p>{text('registrations.sentNote')}</p>
        <p class="quiet">{text('registrations.notThere')}</p>
      </section>
    </Layout>
  )
}

type ConfirmProps = {
  page: Page
  token: string
  next: string
  /** What the link opens; undefined when it was used or is too old. */
  waiting: { registration_id: number | null } | undefined
  form?: FormState
}

export function ConfirmPage({ page, token, next, waiting, form }: ConfirmProps): Html {
  return (
    <Layout page={page} title={text('registrations.confirm')} isPrivate>
      <section class="narrow">
        <h1>{text('registrations.confirm')}</h1>
        {waiting ? (
          <form method="post" action={paths.confirmation(token, next)}>
            <FormErrors form={form} />
            {waiting.registration_id === null ? (
              <p>{text('registrations.thenService')}</p>
            ) : (
              <>
                <p>{text('registrations.onePress')}</p>
                <Field
                  form={form}
                  name="password"
                  label={text('people.password')}
                  hint={text('registrations.passwordHint')}
                  type="password"
                  autocomplete="current-password"
                  maxlength={1024}
                  required
                />
              </>
            )}
            <button>{text('registrations.confirmButton')}</button>
            {waiting.registration_id !== null && (
              <p>
                <a href={paths.forgottenPassword()}>{text('sessions.forgotten')}</a>
              </p>
            )}
          </form>
        ) : (
          <p>{rich('registrations.tooOld', { signin: (inside) => <a href={paths.signIn(next)}>{inside}</a> })}</p>
        )}
      </section>
    </Layout>
  )
}
