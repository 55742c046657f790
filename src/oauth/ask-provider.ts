// What is asked of the services that people sign in by. Each request goes through the one fetcher, which looks where it
// leads and how long it takes; what comes back is proved by openid-client.
import { createHmac } from 'node:crypto'
import type * as Client from 'openid-client'
import type { Fetcher } from '../outbound/fetcher.ts'
import { OutboundError } from '../outbound/outbound-error.ts'
import type { FixedProvider, OidcProvider, Provider } from '../provider-settings.ts'
import { type Profile, ofClaims, ofFacebook, ofGithub, ofMicrosoft } from './profile.ts'
import { Refusal } from './refusal.ts'

/** What a sign-in knows from its beginning to its end. */
export type Secrets = { state: string; nonce: string; verifier: string }

export type Providers = {
  /** Where the browser goes. Throws a Refusal when the service does not say where. */
  addressOf: (provider: Provider, redirect: URL, secrets: Secrets) => Promise<URL>
  /** Who came back: `answer` is our own address with what the service put behind it. Throws a Refusal. */
  profileOf: (provider: Provider, answer: URL, secrets: Secrets) => Promise<Profile>
  /** Tells the service that a token ends, where it has an address for that. */
  revoke: (provider: Provider, token: string) => Promise<void>
}

// A request of a visitor is over after ten seconds, so the page that says so comes before.
const patienceMs = 8000
const requestMs = 5000
const maxBytes = 256 * 1024
const keptMs = 3_600_000

export function askProviders(fetcher: Fetcher): Providers {
  const load = () => import('openid-client')
  const known = new Map<string, { config: Promise<Client.Configuration>; until: number }>()

  /** What a service says about itself is asked for once an hour. */
  async function configurationOf(provider: Provider): Promise<Client.Configuration> {
    const before = known.get(provider.id)
    if (before && before.until > performance.now()) return await before.config
    const config = provider.protocol === 'oidc' ? discover(provider) : describe(provider)
    known.set(provider.id, { config, until: performance.now() + keptMs })
    config.catch(() => known.delete(provider.id))
    return await config
  }

  async function discover(provider: OidcProvider): Promise<Client.Configuration> {
    const client = await load()
    const issuer = new URL(provider.issuer)
    // Issuers on this machine are taken without TLS by the settings.
    const config = await client.discovery(
      issuer,
      provider.clientId,
      { client_secret: provider.clientSecret, [client.clockTolerance]: 30 },
      (as, ...rest) => {
        // Without a word from the service it is Basic.
        const methods = as.token_endpoint_auth_methods_supported
        const method = methods?.includes('client_secret_post') ? client.ClientSecretPost : client.ClientSecretBasic
        return method(provider.clientSecret)(as, ...rest)
      },
      {
        [client.customFetch]: fetchBy(fetcher),
        execute: [
          client.enableNonRepudiationChecks,
          ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
        ],
      },
    )
    const { authorization_endpoint } = config.serverMetadata()
    if (URL.parse(authorization_endpoint ?? '')?.protocol !== issuer.protocol)
      throw new Refusal('unreachable', 'It names no address to sign in at.')
    return config
  }

  async function describe(provider: FixedProvider): Promise<Client.Configuration> {
    const client = await load()
    const { issuer, authorize, token, clientSecret } = provider
    const server = { issuer, authorization_endpoint: authorize, token_endpoint: token }
    const config = new client.Configuration(server, provider.clientId, {}, client.ClientSecretPost(clientSecret))
    config[client.customFetch] = fetchBy(fetcher)
    if (authorize.startsWith('http:')) client.allowInsecureRequests(config)
    return config
  }

  async function addressOf(provider: Provider, redirect: URL, { state, nonce, verifier }: Secrets): Promise<URL> {
    const config = await configurationOf(provider)
    const client = await load()
    return client.buildAuthorizationUrl(config, {
      redirect_uri: redirect.href,
      scope: provider.scope,
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(provider.protocol === 'oidc' && { nonce, ...provider.parameters }),
    })
  }

  async function profileOf(provider: Provider, answer: URL, secrets: Secrets): Promise<Profile> {
    const config = await configurationOf(provider)
    const client = await load()
    requireIssuer(config.serverMetadata(), answer)
    const isOidc = provider.protocol === 'oidc'
    const tokens = await client.authorizationCodeGrant(config, answer, {
      pkceCodeVerifier: secrets.verifier,
      expectedState: secrets.state,
      ...(isOidc && { expectedNonce: secrets.nonce, idTokenExpected: true }),
    })
    if (!isOidc) {
      return await askApi(provider, tokens.access_token, (address) =>
        client.fetchProtectedResource(
          config,
          tokens.access_token,
          address,
          'GET',
          undefined,
          new Headers({ accept: 'application/json' }),
        ),
      )
    }
    const claims = tokens.claims()
    if (!claims) throw new Refusal('untrue', 'There is no ID token.')
    if (provider.isMicrosoft) return ofMicrosoft(claims)
    // Many put no more into the ID token than who it is.
    const isShort = claims.email === undefined && config.serverMetadata().userinfo_endpoint !== undefined
    const more = isShort ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : {}
    return ofClaims({ ...claims, ...more }, provider.vouches)
  }

  async function revoke(provider: Provider, token: string): Promise<void> {
    const config = await configurationOf(provider)
    if (!config.serverMetadata().revocation_endpoint) return
    await (await load()).tokenRevocation(config, token)
  }

  return {
    addressOf: (...all) => inTime(addressOf(...all)),
    profileOf: (...all) => inTime(profileOf(...all)),
    revoke: (...all) => inTime(revoke(...all)),
  }
}

/** Services without ID tokens have an API each. */
async function askApi(
  { protocol, api, clientSecret }: FixedProvider,
  token: string,
  fetchFrom: (address: URL) => Promise<Response>,
): Promise<Profile> {
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetchFrom(new URL(api + path))
    if (response.status >= 500) throw new Refusal('unreachable', `Its API answered ${response.status}.`)
    if (!response.ok) throw new Refusal('untrue', `Its API answered ${response.status}.`)
    return await response.json()
  }
  if (protocol === 'github') return ofGithub(await ask('/user'), await ask('/user/emails?per_page=100'))
  const proof = createHmac('sha256', clientSecret).update(token).digest('hex')
  return ofFacebook(await ask(`/me?fields=id,name,email&appsecret_proof=${proof}`))
}

/** RFC 9207: a code of one service must not be shown to another. */
function requireIssuer(server: Readonly<Client.ServerMetadata>, { searchParams }: URL): void {
  const named = searchParams.getAll('iss')
  const isMissing = server.authorization_response_iss_parameter_supported === true && named.length === 0
  if (isMissing || named.some((issuer) => issuer !== server.issuer))
    throw new Refusal('other-issuer', 'The answer names another issuer, or none.')
}

function fetchBy(fetcher: Fetcher): Client.CustomFetch {
  return async (address, { headers: given, body }) => {
    if (body !== undefined && body !== null && !(body instanceof URLSearchParams))
      throw new TypeError('Only forms are posted.')
    // The fetcher has a name and a type of body of its own.
    const headers = Object.fromEntries(
      Object.entries(given)
        .map(([name, value]) => [name.toLowerCase(), value] as const)
        .filter(([name]) => name !== 'user-agent' && name !== 'content-type'),
    )
    const form = body ? { form: body } : {}
    const wanted = { types: [], maxBytes, deadlineMs: requestMs, headers, takesAnyStatus: true, ...form }
    const fetched = await fetcher(address, wanted)
    const hasBody = ![204, 205, 304].includes(fetched.status)
    return new Response(hasBody ? new Uint8Array(fetched.body) : null, {
      status: fetched.status,
      headers: { 'content-type': fetched.type },
    })
  }
}

/** Whatever went wrong, as a Refusal. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Refusal('unreachable', `It took longer than ${patienceMs / 1000} s.`)),
      patienceMs,
    )
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    throw refusalOf(error)
  } finally {
    clearTimeout(timer)
  }
}

function refusalOf(error: unknown): Refusal {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Refusal) return cause
    if (cause instanceof OutboundError) return new Refusal('unreachable', cause.message)
  }
  const { name, message, error: said, status } = error as Error & { error?: string; status?: number }
  if (name === 'AuthorizationResponseError') return new Refusal('denied', `It said ${printable(said)}.`)
  if (name === 'ResponseBodyError') return new Refusal('untrue', `It answered ${status}: ${printable(said)}.`)
  // A service that fails says so with a page of its own.
  if (message === 'unexpected HTTP response status code') return new Refusal('unreachable', message)
  return new Refusal('untrue', message)
}

/** An error code, which may be anything. */
function printable(said: string | undefined): string {
  return /^[\w.-]{1,60}$/.test(said ?? '') ? String(said) : 'something else'
}
