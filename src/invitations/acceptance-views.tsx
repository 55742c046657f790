// What an invitation opens.
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { NewPasswordField } from '../users/views.tsx'
import type { FoundInvitation } from './queries.ts'

type Props = {
  page: Page
  token: string
  invitation: FoundInvitation | undefined
  /** The address has an account, and it is the one that asks. */
  isTheirs: boolean
  form: FormState
}

export function InvitationPage(props: Props): Html {
  const { page, invitation } = props
  return (
    <Layout page={page} title={text('team.invitation')} isPrivate>
      <section class="narrow">
        <h1>{text('team.invitation')}</h1>
        {invitation === undefined ? (
          <p>{text('team.invitationOver')}</p>
        ) : invitation.account_id === null ? (
          <NewAccount {...props} invitation={invitation} />
        ) : (
          <KnownAccount {...props} invitation={invitation} />
        )}
      </section>
    </Layout>
  )
}

type FoundProps = Props & { invitation: FoundInvitation }

function NewAccount({ page, token, invitation, form }: FoundProps): Html {
  const site = page.site.title
  return (
    <>
      <p>{rich('team.invitationIntro', { site, role: invitation.role_name, email: <bdi>{invitation.email}</bdi> })}</p>
      <FormErrors form={form} />
      <form method="post" action={paths.invitation(token)}>
        {/* So that password keepers know whose password it is. */}
        <input type="hidden" name="username" autocomplete="username" value={invitation.email} />
        <Field
          form={form}
          name="name"
          label={text('people.name')}
          hint={text('people.nameHintNew')}
          autocomplete="name"
          maxlength={128}
          required
        />
        <NewPasswordField form={form} />
        <button>{text('team.accept')}</button>
      </form>
    </>
  )
}

function KnownAccount({ page, token, invitation, isTheirs }: FoundProps): Html {
  const site = page.site.title
  const role = invitation.role_name
  const email = <bdi>{invitation.email}</bdi>
  if (!isTheirs) {
    return (
      <>
        <p>{rich('team.invitationKnown', { site, role, email })}</p>
        <p>
          <a class="button" href={`${paths.signIn()}?next=${encodeURIComponent(paths.invitation(token))}`}>
            {text('html.signIn')}
          </a>
        </p>
      </>
    )
  }
  return (
    <form method="post" action={paths.invitation(token)}>
      <p>{rich('team.invitationYours', { site, role })}</p>
      <button>{text('team.takeRole')}</button>
    </form>
  )
}
