import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { shortestPassword } from '../users/user.ts'
import { EmailField, NewPasswordField } from '../users/views.tsx'

export function SetupPage({ page, token, form }: { page: Page; token: string; form?: FormState }): Html {
  return (
    <Layout page={page} title={text('setup.title')} isPrivate>
      <section class="narrow">
        <h1>{text('setup.heading')}</h1>
        <p>{text('setup.intro')}</p>
        <FormErrors form={form} />
        <form method="post" action={paths.setup(token)}>
          <Field form={form} name="title" label={text('settings.blogTitle')} maxlength={100} required autofocus />
          <Field
            form={form}
            name="description"
            label={text('settings.description')}
            hint={text('setup.descriptionHint')}
            maxlength={300}
          />
          <Field
            form={form}
            name="name"
            label={text('setup.name')}
            hint={text('people.nameHintNew')}
            autocomplete="name"
            maxlength={128}
            required
          />
          <EmailField form={form} label={text('setup.email')} hint={text('setup.emailHint')} />
          <NewPasswordField
            form={form}
            label={text('setup.password')}
            hint={text('setup.passwordHint', { least: shortestPassword })}
          />
          <button>{text('setup.open')}</button>
        </form>
      </section>
    </Layout>
  )
}
