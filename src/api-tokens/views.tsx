import { Field, type FormState, FormErrors, Select } from '../html/form.tsx'
import { ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import type { ListedToken } from './queries.ts'
import { lifetimes, longestName } from './token.ts'
import type { Idle, SortedScopes } from './use.ts'

type TokensProps = {
  page: Page
  tokens: ListedToken[]
  hasPassword: boolean
  scopes: SortedScopes
  form?: (FormState & { chosen: ReadonlySet<string> }) | undefined
  /** The one that was just made: shown here and never again. */
  token?: string | undefined
}

export function TokensPage({ page, tokens, hasPassword, scopes, form, token }: TokensProps): Html {
  const reference = (inside: Html) => <a href={paths.api.reference()}>{inside}</a>
  return (
    <Layout page={page} title={text('tokens.title')} isPrivate>
      <section class="narrow">
        <h1>{text('tokens.title')}</h1>
        <p>{rich('tokens.lead', { reference })}</p>
        <p class="quiet">
          <a href={paths.profile()}>{text('tokens.back')}</a>
        </p>
        {token && (
          <section class="done" role="status">
            <p>{text('tokens.made')}</p>
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard */}
            <pre tabindex={0}>{token}</pre>
          </section>
        )}
        <TokenList tokens={tokens} page={page} />
        <h2>{text('tokens.new')}</h2>
        <FormErrors form={form} />
        <form method="post" action={paths.tokens()}>
          <Field
            form={form}
            name="name"
            label={text('tokens.name')}
            hint={text('tokens.nameHint')}
            maxlength={longestName}
            autocomplete="off"
            required
          />
          <fieldset>
            <legend>{text('tokens.scopes')}</legend>
            {form?.errors?.scope && <p class="error">{form.errors.scope}</p>}
            {scopes.useful.map((scope) => (
              <ScopeBox scope={scope} isChosen={form?.chosen.has(scope)} />
            ))}
            {scopes.idle.length > 0 && (
              <details open={scopes.idle.some(({ scope }) => form?.chosen.has(scope))}>
                <summary>{text('tokens.idleScopes')}</summary>
                <p class="hint">{text('tokens.idleHint')}</p>
                {scopes.idle.map((idle) => (
                  <ScopeBox scope={idle.scope} isChosen={form?.chosen.has(idle.scope)} why={whyOf(idle)} />
                ))}
              </details>
            )}
          </fieldset>
          <Select
            form={form}
            name="days"
            label={text('tokens.days')}
            value="90"
            options={Object.fromEntries(lifetimes.map((days) => [`${days}`, text('tokens.lasts', { days })]))}
          />
          {hasPassword && (
            <Field
              name="password"
              form={form}
              label={text('tokens.password')}
              type="password"
              autocomplete="current-password"
              maxlength={1024}
              required
            />
          )}
          <button>{text('tokens.make')}</button>
        </form>
      </section>
    </Layout>
  )
}

function ScopeBox({ scope, isChosen, why }: { scope: string; isChosen: boolean | undefined; why?: string }): Html {
  return (
    <p class="check">
      <label>
        <input type="checkbox" name="scope" value={scope} checked={isChosen} /> <code>{scope}</code>
        {why && <span class="quiet"> {why}</span>}
      </label>
    </p>
  )
}

function whyOf({ needs }: Idle): string {
  return needs === 'owner'
    ? text('tokens.ownersAlone')
    : text('tokens.needsOneOf', { count: needs.length, rights: needs.join(', ') })
}

function TokenList({ tokens, page }: { tokens: ListedToken[]; page: Page }): Html {
  if (tokens.length === 0) return <p class="empty">{text('tokens.none')}</p>
  const { language, timeZone } = page.site
  const moment = (date: Date) => <ZonedMinute date={date} language={language} zone={timeZone} />
  return (
    <ul class="tokens">
      {tokens.map(({ id, name, ending, scopes, created_at, expires_at, last_used_at, last_used_from, has_ended }) => (
        <li>
          <p>
            <strong>{name}</strong> <code>…{ending}</code>
            {has_ended && ` · ${text('tokens.ended')}`}
          </p>
          <p class="quiet">{scopes.split(' ').join(', ')}</p>
          <p class="quiet">
            {rich('tokens.madeAt', { at: moment(created_at) })}
            {' · '}
            {expires_at ? rich('tokens.endsAt', { at: moment(expires_at) }) : text('tokens.endless')}
            {' · '}
            {last_used_at
              ? rich('tokens.usedAt', { at: moment(last_used_at), from: last_used_from ?? '' })
              : text('tokens.unused')}
          </p>
          <form method="post" action={paths.tokenEnd(id)}>
            <button class="second" aria-label={text('tokens.endOf', { name })}>
              {text('tokens.end')}
            </button>
          </form>
        </li>
      ))}
    </ul>
  )
}
