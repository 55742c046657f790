import { Day, isKnown } from '../html/date.tsx'
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { EmailField, NewPasswordField } from '../users/views.tsx'

export function ChangePasswordPage({ page, form }: { page: Page; form?: FormState }): Html {
  return (
    <Layout page={page} title={text('passwords.change')} isPrivate>
      <section class="narrow">
        <h1>{text('passwords.change')}</h1>
        <p>{text('passwords.changeNote')}</p>
        <FormErrors form={form} />
        <form method="post" action={paths.password()}>
          <Field
            form={form}
            name="old_password"
            label={text('passwords.untilNow')}
            type="password"
            autocomplete="current-password"
            maxlength={1024}
            required
          />
          <NewPasswordField form={form} label={text('passwords.new')} />
          <button>{text('passwords.changeButton')}</button>
        </form>
      </section>
    </Layout>
  )
}

export function ForgottenPasswordPage({
  page,
  form,
  isSent,
}: {
  page: Page
  form?: FormState
  isSent?: boolean
}): Html {
  return (
    <Layout page={page} title={text('passwords.forgotten')} isPrivate>
      <section class="narrow">
        <h1>{text('passwords.forgotten')}</h1>
        {isSent ? (
          <p role="status">{text('passwords.sent')}</p>
        ) : (
          <>
            <p>{text('passwords.forgottenNote')}</p>
            <FormErrors form={form} />
            <form method="post" action={paths.forgottenPassword()}>
              <EmailField form={form} />
              <button>{text('passwords.send')}</button>
            </form>
          </>
        )}
      </section>
    </Layout>
  )
}

type ResetProps = {
  page: Page
  token: string
  isOpen: boolean
  /** What else opens the account. */
  services: { id: number; label: string; name: string | null; email: string | null; created_at: Date | null }[]
  form?: FormState | undefined
}

export function ResetPasswordPage({ page, token, isOpen, services, form }: ResetProps): Html {
  return (
    <Layout page={page} title={text('passwords.choose')} isPrivate>
      <section class="narrow">
        <h1>{text('passwords.choose')}</h1>
        {isOpen ? (
          <form method="post" action={paths.passwordReset(token)}>
            <FormErrors form={form} />
            <NewPasswordField form={form} label={text('passwords.new')} />
            {services.length > 0 && (
              <fieldset>
                <legend>{text('passwords.services')}</legend>
                <p class="quiet">{text('passwords.servicesNote')}</p>
                {services.map(({ id, label, name, email, created_at }) => (
                  <p class="check">
                    <label>
                      <input type="checkbox" name="disconnect" value={String(id)} />{' '}
                      {text('oidc.disconnect', { name: label })}
                    </label>
                    <span class="quiet">
                      {' '}
                      <bdi>{name ?? email}</bdi>
                      {created_at && isKnown(created_at) && (
                        <>
                          {' · '}
                          {rich('oidc.connectedSince', {
                            day: <Day date={created_at} language={page.site.language} />,
                          })}
                        </>
                      )}
                    </span>
                  </p>
                ))}
              </fieldset>
            )}
            <button>{text('passwords.use')}</button>
          </form>
        ) : (
          <p>{rich('passwords.tooOld', { again: (inside) => <a href={paths.forgottenPassword()}>{inside}</a> })}</p>
        )}
      </section>
    </Layout>
  )
}
