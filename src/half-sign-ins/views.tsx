import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'

export function CodePage({ page, form, trouble }: { page: Page; form?: FormState; trouble?: string }): Html {
  return (
    <Layout page={page} title={text('factor.enterCode')} isPrivate>
      <section class="narrow">
        <h1>{text('factor.enterCode')}</h1>
        {trouble && <p class="notice">{trouble}</p>}
        <FormErrors form={form} />
        <form method="post" action={paths.signInCode()}>
          <Field
            form={form}
            name="code"
            label={text('factor.code')}
            hint={text('factor.codeHint')}
            autocomplete="one-time-code"
            maxlength={40}
            required
            autofocus
          />
          <button>{text('sessions.signIn')}</button>
        </form>
        <p class="quiet">{text('factor.lostPhone')}</p>
        <p class="quiet">
          <a href={paths.signIn()}>{text('factor.startAgain')}</a>
        </p>
      </section>
    </Layout>
  )
}
