import { Day, isKnown } from '../html/date.tsx'
import { Field, FormErrors, type FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Provider } from '../provider-settings.ts'
import { rich, text } from '../texts/texts.ts'
import type { Connection } from './queries.ts'

type ConnectionsProps = {
  page: Page
  connections: Connection[]
  waysIn: { hasPassword: boolean; email: string | null }
  offered: readonly Provider[]
  asksPassword: boolean
  form?: FormState | undefined
  done?: string | undefined
  /** The one that was not disconnected, because nothing else opens the account. */
  last?: number
}

export function ConnectionsPage(props: ConnectionsProps): Html {
  const { page, connections, waysIn, offered, asksPassword, form, done, last } = props
  const title = text('oidc.connections')
  const message = done === 'connected' ? text('oidc.connected') : done === 'disconnected' && text('oidc.disconnected')
  return (
    <Layout page={page} title={title} isPrivate>
      <section class="narrow">
        <h1>{title}</h1>
        {message && (
          <p class="done" role="status">
            {message}
          </p>
        )}
        <FormErrors form={form} />
        {last !== undefined && <LastWayIn email={waysIn.email} />}
        <p>{text('oidc.connectionsNote')}</p>
        {connections.length === 0 ? (
          <p class="quiet">{text('oidc.none')}</p>
        ) : (
          <ul class="rows connections">
            {connections.map((connection) => (
              <ConnectionRow connection={connection} offered={offered} language={page.site.language} />
            ))}
          </ul>
        )}
        {waysIn.hasPassword && <p class="quiet">{text('oidc.withPassword')}</p>}
        {offered.length > 0 && (
          <section class="services" aria-labelledby="connect">
            <h2 id="connect">{text('oidc.another')}</h2>
            <form method="post">
              {asksPassword && (
                <Field
                  form={form}
                  name="password"
                  label={text('oidc.yourPassword')}
                  hint={text('oidc.yourPasswordHint')}
                  type="password"
                  autocomplete="current-password"
                  maxlength={1024}
                  required
                />
              )}
              {offered.map(({ id, label }) => (
                <button class="second" formaction={paths.connectionStart(id)}>
                  {text('oidc.connect', { service: label })}
                </button>
              ))}
            </form>
          </section>
        )}
        <p>
          <a href={paths.profile()}>{text('people.profile')}</a>
        </p>
      </section>
    </Layout>
  )
}

function LastWayIn({ email }: { email: string | null }): Html {
  const forgotten = (inside: Html) => <a href={paths.forgottenPassword()}>{inside}</a>
  return (
    <p class="error-summary" role="alert">
      {email === null ? text('oidc.needOther') : rich('oidc.needPassword', { forgotten })}
    </p>
  )
}

type RowProps = { connection: Connection; offered: readonly Provider[]; language: string }

function ConnectionRow({ connection, offered, language }: RowProps): Html {
  const { id, provider, email, name, created_at, last_login_at } = connection
  const service = offered.find(({ key }) => key === provider)
  const label = labelOf(provider, offered)
  const who = name ?? email
  const day = (date: Date) => <Day date={date} language={language} />
  return (
    <li>
      <div>
        <strong>{label}</strong>
        {who && (
          <>
            {' · '}
            <bdi>{who}</bdi>
          </>
        )}
        <p class="quiet">
          {created_at && isKnown(created_at) && rich('oidc.connectedSince', { day: day(created_at) })}
          {last_login_at && isKnown(last_login_at) && <> · {rich('oidc.lastUsed', { day: day(last_login_at) })}</>}
          {!service && <> · {text('oidc.notOffered')}</>}
        </p>
      </div>
      <form method="post" action={paths.connectionEnd(id)}>
        <button class="second small">{text('oidc.disconnect', { name: label })}</button>
      </form>
    </li>
  )
}

/** Of a service whose settings were taken out, its key: a word or an address. */
export function labelOf(provider: string, offered: readonly Provider[]): string {
  return offered.find(({ key }) => key === provider)?.label ?? URL.parse(provider)?.host ?? provider
}
