import { CheckBox, Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { EmailField } from '../users/views.tsx'

type SignInProps = { page: Page; next: string; form?: FormState; message?: string; done?: string }

export function SignInPage({ page, next, form, message, done }: SignInProps): Html {
  return (
    <Layout page={page} title="Sign in" isPrivate>
      <section class="narrow">
        <h1>Sign in</h1>
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
            label="Password"
            type="password"
            autocomplete="current-password"
            maxlength={1024}
            required
          />
          <CheckBox form={form} name="keep" label="Keep me signed in for a month" isOn={false} />
          <input type="hidden" name="next" value={next} />
          <button>Sign in</button>
        </form>
        <p>
          <a href={paths.forgottenPassword()}>Forgotten your password?</a>
          {page.canRegister && (
            <>
              {' · '}
              <a href={paths.register()}>Register</a>
            </>
          )}
        </p>
      </section>
    </Layout>
  )
}
