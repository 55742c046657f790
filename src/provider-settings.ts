// Services that people may sign in by, and their settings: four by name, and any number of OpenID Connect issuers.
import { isLoopbackName } from './setting-values.ts'

type Common = {
  /** In addresses: `github`. */
  id: string
  /** In `oauth_accounts.provider`: the id, or the issuer, which stays when the operator chooses another name. */
  key: string
  label: string
  clientId: string
  clientSecret: string
  scope: string
}
/** Says everything about itself at its issuer's address. */
export type OidcProvider = Common & {
  protocol: 'oidc'
  issuer: string
  /** Whether its word that an address was confirmed is taken. */
  vouches: boolean
  /** Its `sub` differs by application, so people are known by what its directory calls them. */
  isMicrosoft: boolean
  parameters: Record<string, string>
}
/** OAuth 2 without discovery. */
export type FixedProvider = Common & {
  protocol: 'github' | 'facebook'
  issuer: string
  authorize: string
  token: string
  /** Where its API begins. */
  api: string
}
export type Provider = OidcProvider | FixedProvider

const text = (text: string) => text

function tenant(text: string): string {
  if (!/^[\w-]+(\.[\w-]+)*$/.test(text))
    throw new Error('must be the name or the id of a tenant, or common, organizations or consumers.')
  return text
}

const given = (env: string, about: string) => ({ env, about, parse: text, fallback: undefined, secret: false })
const kept = (env: string, about: string) => ({ ...given(env, about), secret: true })

/** The pairs as the older Bloggy named them; they are settings like any other. */
export const providerSettings = {
  googleClientId: given('GOOGLE_CLIENT_ID', 'With its secret: people may sign in by Google.'),
  googleClientSecret: kept('GOOGLE_CLIENT_SECRET', 'The secret that Google gave the blog.'),
  githubClientId: given('GITHUB_CLIENT_ID', 'With its secret: people may sign in by GitHub.'),
  githubClientSecret: kept('GITHUB_CLIENT_SECRET', 'The secret that GitHub gave the blog.'),
  microsoftClientId: given('MICROSOFT_CLIENT_ID', 'With its secret: people may sign in by Microsoft.'),
  microsoftClientSecret: kept('MICROSOFT_CLIENT_SECRET', 'The secret that Microsoft gave the blog.'),
  microsoftTenant: {
    env: 'MICROSOFT_TENANT',
    about: 'Whose accounts: common for all, organizations, consumers, or the name or id of one tenant.',
    parse: tenant,
    fallback: 'common',
    secret: false,
  },
  facebookAppId: given('FACEBOOK_APP_ID', 'With its secret: people may sign in by Facebook.'),
  facebookAppSecret: kept('FACEBOOK_APP_SECRET', 'The secret that Facebook gave the blog.'),
}

type Values = { readonly [K in keyof typeof providerSettings]: string | undefined }

/** In the order of the buttons. Half a pair is a mistake. */
export function knownProviders(values: Values, mistakes: string[]): Provider[] {
  const found: (Provider | undefined)[] = [google(values), github(values), microsoft(values), facebook(values)]
  for (const [id, secret] of pairs) {
    const [has, lacks] = values[id] ? [id, secret] : [secret, id]
    if (!values[has] || values[lacks]) continue
    mistakes.push(`${providerSettings[lacks].env} is missing; ${providerSettings[has].env} is nothing without it.`)
  }
  return found.filter((provider) => provider !== undefined)
}

const pairs = [
  ['googleClientId', 'googleClientSecret'],
  ['githubClientId', 'githubClientSecret'],
  ['microsoftClientId', 'microsoftClientSecret'],
  ['facebookAppId', 'facebookAppSecret'],
] as const

const openid = { protocol: 'oidc', scope: 'openid email profile' } as const

function google({ googleClientId: clientId, googleClientSecret: clientSecret }: Values): Provider | undefined {
  if (!clientId || !clientSecret) return undefined
  return {
    ...openid,
    id: 'google',
    key: 'google',
    label: 'Google',
    clientId,
    clientSecret,
    issuer: 'https://accounts.google.com',
    vouches: true,
    isMicrosoft: false,
    parameters: { prompt: 'select_account' },
  }
}

function github({ githubClientId: clientId, githubClientSecret: clientSecret }: Values): Provider | undefined {
  if (!clientId || !clientSecret) return undefined
  return {
    protocol: 'github',
    id: 'github',
    key: 'github',
    label: 'GitHub',
    clientId,
    clientSecret,
    scope: 'read:user user:email',
    // What it puts into `iss` of its answers.
    issuer: 'https://github.com/login/oauth',
    authorize: 'https://github.com/login/oauth/authorize',
    token: 'https://github.com/login/oauth/access_token',
    api: 'https://api.github.com',
  }
}

function microsoft(values: Values): Provider | undefined {
  const { microsoftClientId: clientId, microsoftClientSecret: clientSecret, microsoftTenant } = values
  if (!clientId || !clientSecret) return undefined
  return {
    ...openid,
    id: 'microsoft',
    key: 'microsoft',
    label: 'Microsoft',
    clientId,
    clientSecret,
    issuer: `https://login.microsoftonline.com/${microsoftTenant}/v2.0`,
    // A tenant writes any address into its accounts.
    vouches: false,
    isMicrosoft: true,
    parameters: { prompt: 'select_account' },
  }
}

function facebook({ facebookAppId: clientId, facebookAppSecret: clientSecret }: Values): Provider | undefined {
  if (!clientId || !clientSecret) return undefined
  return {
    protocol: 'facebook',
    id: 'facebook',
    key: 'facebook',
    label: 'Facebook',
    clientId,
    clientSecret,
    scope: 'email public_profile',
    issuer: 'https://www.facebook.com',
    // Without a version in them they lead to the oldest that still works.
    authorize: 'https://www.facebook.com/dialog/oauth',
    token: 'https://graph.facebook.com/oauth/access_token',
    api: 'https://graph.facebook.com',
  }
}

const genericName = /^OIDC_([A-Z\d]+(?:_[A-Z\d]+)*)_(ISSUER|CLIENT_ID|CLIENT_SECRET|LABEL|SCOPES)(?:_FILE)?$/
const taken = ['google', 'github', 'microsoft', 'facebook']

/** `OIDC_<NAME>_ISSUER` and its kin, in the order of the names. `read` answers a setting, also out of its file. */
export function genericProviders(
  environment: Record<string, string | undefined>,
  read: (env: string) => string | undefined,
  mistakes: string[],
): Provider[] {
  const names = Object.keys(environment)
    .filter((env) => environment[env])
    .flatMap((env) => genericName.exec(env)?.[1] ?? [])
  return [...new Set(names)].toSorted().flatMap((name) => {
    const before = mistakes.length
    const need = (part: string) => {
      const value = read(`OIDC_${name}_${part}`)
      if (!value)
        mistakes.push(`OIDC_${name}_${part} is missing; the other OIDC_${name}_ settings are nothing without it.`)
      return value ?? ''
    }
    const [issuer, clientId, clientSecret] = [need('ISSUER'), need('CLIENT_ID'), need('CLIENT_SECRET')]
    const label = read(`OIDC_${name}_LABEL`) ?? name[0] + name.slice(1).toLowerCase().replaceAll('_', ' ')
    const scope = read(`OIDC_${name}_SCOPES`) ?? 'openid email profile'
    const id = name.toLowerCase().replaceAll('_', '-')
    if (taken.includes(id)) mistakes.push(`OIDC_${name}_ISSUER has a name that is taken; choose another for <NAME>.`)
    if (issuer && !isIssuer(issuer))
      mistakes.push(`OIDC_${name}_ISSUER is "${issuer}"; it must be an https address as the service itself writes it.`)
    if (label.length > 40) mistakes.push(`OIDC_${name}_LABEL is longer than 40 characters.`)
    if (!scope.split(' ').includes('openid')) mistakes.push(`OIDC_${name}_SCOPES must hold openid, between blanks.`)
    if (mistakes.length > before) return []
    const kind = { protocol: 'oidc', vouches: true, isMicrosoft: false, parameters: {} } as const
    return [{ ...kind, id, key: issuer, label, issuer, clientId, clientSecret, scope }]
  })
}

/** An address that never leaves the machine needs no encryption; OUTBOUND_ALLOW has to list it all the same. */
function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.search || url.hash || url.username || url.password) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname))
}
