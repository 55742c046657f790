import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { EmailField, NewPasswordField } from '../users/views.tsx'

export function RegisterPage({ page, form }: { page: Page; form?: FormState }): Html {
  return (
    <Layout page={page} title="Register" isPrivate>
      <section class="narrow">
        <h1>Register</h1>
        <p>An account lets you comment. Your e-mail address is never shown.</p>
        <FormErrors form={form} />
        <form method="post" action={paths.register()}>
          <Field
            form={form}
            name="name"
            label="Name"
            hint="As readers will see it."
            autocomplete="name"
            maxlength={128}
            required
          />
          <EmailField form={form} />
          <NewPasswordField form={form} label="Password" />
          <button>Register</button>
        </form>
        <p>
          <a href={paths.signIn()}>You have an account? Sign in</a>
        </p>
      </section>
    </Layout>
  )
}

export function RegisteredPage({ page }: { page: Page }): Html {
  return (
    <Layout page={page} title="Look into your mail" isPrivate>
      <section class="narrow">
        <h1>Look into your mail</h1>
        <p>A message with a link is on its way to you. Open the link to confirm your address; then you can sign in.</p>
        <p class="quiet">
          Nothing there after some minutes? Look into the junk folder, or sign in to have the link sent again.
        </p>
      </section>
    </Layout>
  )
}

export function ConfirmPage({ page, token, isOpen }: { page: Page; token: string; isOpen: boolean }): Html {
  return (
    <Layout page={page} title="Confirm your address" isPrivate>
      <section class="narrow">
        <h1>Confirm your address</h1>
        {isOpen ? (
          <form method="post" action={paths.confirmation(token)}>
            <p>One press and your account is ready.</p>
            <button>Confirm my address</button>
          </form>
        ) : (
          <p>
            This link was used already or is too old. <a href={paths.signIn()}>Sign in</a>: if your address still has to
            be confirmed, a new link is sent.
          </p>
        )}
      </section>
    </Layout>
  )
}
