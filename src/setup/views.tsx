import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { shortestPassword } from '../users/user.ts'
import { EmailField, NewPasswordField } from '../users/views.tsx'

export function SetupPage({ page, token, form }: { page: Page; token: string; form?: FormState }): Html {
  return (
    <Layout page={page} title="Set up" isPrivate>
      <section class="narrow">
        <h1>Your new blog</h1>
        <p>A few lines, and you can write. All but the e-mail address can be changed later.</p>
        <FormErrors form={form} />
        <form method="post" action={paths.setup(token)}>
          <Field form={form} name="title" label="Title of the blog" maxlength={100} required autofocus />
          <Field
            form={form}
            name="description"
            label="What it is about"
            hint="One line under the title. May stay empty."
            maxlength={300}
          />
          <Field
            form={form}
            name="name"
            label="Your name"
            hint="As readers will see it."
            autocomplete="name"
            maxlength={128}
            required
          />
          <EmailField form={form} label="Your e-mail" hint="To sign in with. Never shown." />
          <NewPasswordField
            form={form}
            label="A password"
            hint={`At least ${shortestPassword} characters; a short sentence is good.`}
          />
          <button>Open the blog</button>
        </form>
      </section>
    </Layout>
  )
}
