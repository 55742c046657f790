import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'

type Props = { page: Page; token: string; email: string | undefined }

export function EmailChangePage({ page, token, email }: Props): Html {
  return (
    <Layout page={page} title={text('team.emailTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('team.emailTitle')}</h1>
        {email === undefined ? (
          <p>{text('team.emailLinkEnded')}</p>
        ) : (
          <form method="post" action={paths.emailChange(token)}>
            <p>{rich('team.emailQuestion', { email: <bdi>{email}</bdi> })}</p>
            <button>{text('team.emailConfirm')}</button>
          </form>
        )}
      </section>
    </Layout>
  )
}
