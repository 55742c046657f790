import { CheckBox } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Provider } from '../provider-settings.ts'
import { rich, text } from '../texts/texts.ts'
import type { Reason } from './refusal.ts'

/** A button for each service, on the page to sign in. */
export function ProviderButtons({ providers, next }: { providers: readonly Provider[]; next: string }): Html {
  const [first] = providers
  if (!first) return <></>
  return (
    <section class="services" aria-labelledby="services">
      <h2 id="services">{text('oidc.orBy')}</h2>
      <form method="post" action={paths.providerStart(first.id)}>
        <CheckBox name="keep" label={text('sessions.keep')} isOn={false} />
        {providers.map(({ id, label }) => (
          <button class="second" formaction={paths.providerStart(id)}>
            {text('oidc.continueWith', { service: label })}
          </button>
        ))}
        <input type="hidden" name="next" value={next} />
      </form>
    </section>
  )
}

/** Goes on by itself, or by the link. */
export function LeavingPage({ page, label, there }: { page: Page; label: string; there: string }): Html {
  const title = text('oidc.leaving', { service: label })
  return (
    <Layout page={page} title={title} isPrivate head={<meta http-equiv="refresh" content={`0; url=${there}`} />}>
      <section class="narrow">
        <h1>{title}</h1>
        <p>{rich('oidc.leavingNote', { service: label, link: (inside) => <a href={there}>{inside}</a> })}</p>
      </section>
    </Layout>
  )
}

type RefusedProps = { page: Page; label: string; reason: Reason; isConnecting: boolean; next: string }

export function RefusedPage({ page, label, reason, isConnecting, next }: RefusedProps): Html {
  const title = isConnecting
    ? text('oidc.notConnected', { service: label })
    : text('oidc.notSignedIn', { service: label })
  const back = isConnecting ? paths.connections() : `${paths.signIn()}?next=${encodeURIComponent(next)}`
  return (
    <Layout page={page} title={title} isPrivate>
      <section class="narrow">
        <h1>{title}</h1>
        <p>{why[reason](label)}</p>
        {reason === 'no-address' && page.canRegister && (
          <p>
            <a href={paths.register()}>{text('html.register')}</a>
          </p>
        )}
        <p>
          <a href={back}>{isConnecting ? text('oidc.toConnections') : text('oidc.toSignIn')}</a>
        </p>
      </section>
    </Layout>
  )
}

const why: Record<Reason, (service: string) => string> = {
  denied: (service) => text('oidc.denied', { service }),
  unasked: (service) => text('oidc.unasked', { service }),
  expired: (service) => text('oidc.expired', { service }),
  'other-issuer': (service) => text('oidc.otherIssuer', { service }),
  untrue: (service) => text('oidc.untrue', { service }),
  unreachable: (service) => text('oidc.unreachable', { service }),
  'account-closed': (service) => text('oidc.accountClosed', { service }),
  'has-account': (service) => text('oidc.hasAccount', { service }),
  'no-new-accounts': (service) => text('oidc.noNewAccounts', { service }),
  'no-address': (service) => text('oidc.noAddress', { service }),
  'signed-out': (service) => text('oidc.signedOut', { service }),
  'someone-elses': (service) => text('oidc.someoneElses', { service }),
  'too-many': () => text('oidc.tooMany'),
}
