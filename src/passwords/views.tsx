import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { EmailField, NewPasswordField } from '../users/views.tsx'

export function ChangePasswordPage({ page, form }: { page: Page; form?: FormState }): Html {
  return (
    <Layout page={page} title="Change your password" isPrivate>
      <section class="narrow">
        <h1>Change your password</h1>
        <p>Everywhere else you are signed in, you will be signed out.</p>
        <FormErrors form={form} />
        <form method="post" action={paths.password()}>
          <Field
            form={form}
            name="old_password"
            label="Password until now"
            type="password"
            autocomplete="current-password"
            maxlength={1024}
            required
          />
          <NewPasswordField form={form} label="New password" />
          <button>Change it</button>
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
    <Layout page={page} title="Forgotten password" isPrivate>
      <section class="narrow">
        <h1>Forgotten password</h1>
        {isSent ? (
          <p role="status">
            If there is an account with that address, a link to choose a new password is on its way. It works for half
            an hour.
          </p>
        ) : (
          <>
            <p>Tell us your address, and we send you a link to choose a new one.</p>
            <FormErrors form={form} />
            <form method="post" action={paths.forgottenPassword()}>
              <EmailField form={form} />
              <button>Send me a link</button>
            </form>
          </>
        )}
      </section>
    </Layout>
  )
}

export function ResetPasswordPage({
  page,
  token,
  isOpen,
  form,
}: {
  page: Page
  token: string
  isOpen: boolean
  form?: FormState
}): Html {
  return (
    <Layout page={page} title="Choose a new password" isPrivate>
      <section class="narrow">
        <h1>Choose a new password</h1>
        {isOpen ? (
          <form method="post" action={paths.passwordReset(token)}>
            <FormErrors form={form} />
            <NewPasswordField form={form} label="New password" />
            <button>Use this password</button>
          </form>
        ) : (
          <p>
            This link was used already or is too old. <a href={paths.forgottenPassword()}>Ask for a new one</a>.
          </p>
        )}
      </section>
    </Layout>
  )
}
