// A real OpenID Connect provider on this machine, which asks nobody for a password: whoever is `person` is signed in.
import { type KeyObject, generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { after } from 'node:test'
import { type Configuration, type InteractionResults, Provider } from 'oidc-provider'
import { freePort } from './tcp-server.ts'

export type TestPerson = { sub: string; email?: string; email_verified?: boolean; name?: string }

export type IdentityProvider = {
  issuer: string
  /** Who signs in next; nobody for who says no. */
  person: TestPerson | undefined
  /** Waits for a press on a button, as people know it. */
  asksPeople: boolean
  /** Walks from the blog's link to the answer that the browser would bring back, with cookies of its own. */
  walk: (address: string) => Promise<URL>
  /** Changes what /token answers, after the provider made it. */
  tamper: ((answer: Record<string, unknown>) => unknown) | undefined
  /** Every request so far: method and path. */
  asked: string[]
  /** What it signs with. */
  key: KeyObject
  close: () => Promise<void>
}

export const client = { client_id: 'blog', client_secret: 'the secret of the blog' }

/** `redirects` are the addresses that are entered for the blog. */
export async function startIdentityProvider(redirects: string[], more: Configuration = {}): Promise<IdentityProvider> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }
  const people = new Map<string, TestPerson>()
  // It warns of what only tests do.
  const { warn } = console
  console.warn = () => {}
  const provider = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: redirects, token_endpoint_auth_method: 'client_secret_basic' }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...people.get(sub), sub }) }),
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    cookies: { keys: ['test'] },
    jwks: { keys: [jwk] },
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    ...more,
  })
  console.warn = warn
  const self: IdentityProvider = {
    issuer,
    person: undefined,
    asksPeople: false,
    tamper: undefined,
    asked: [],
    key: privateKey,
    walk: (address) => walk(address, issuer),
    close,
  }

  async function decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const details = await provider.interactionDetails(request, response)
    const { person } = self
    if (!person) return await finish(request, response, { error: 'access_denied' })
    if (self.asksPeople && request.method === 'GET') {
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<!doctype html><title>Accounts</title><h1>Accounts</h1><form method="post"><button>Go on as ${person.name}</button></form>`,
        )
      return
    }
    people.set(person.sub, person)
    const grant = new provider.Grant({ accountId: person.sub, clientId: String(details.params.client_id) })
    grant.addOIDCScope(String(details.params.scope))
    await finish(request, response, {
      login: { accountId: person.sub, remember: false },
      consent: { grantId: await grant.save() },
    })
  }
  const finish = (request: IncomingMessage, response: ServerResponse, result: InteractionResults) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })

  provider.use(async (context, next) => {
    self.asked.push(`${context.method} ${context.path}`)
    if (context.path.startsWith('/interaction/')) {
      context.respond = false
      return await decide(context.req, context.res)
    }
    await next()
    if (context.path === '/token' && context.status === 200 && self.tamper)
      context.body = await self.tamper(context.body as Record<string, unknown>)
  })

  const server: Server = await new Promise((resolve) => {
    const listening = provider.listen(port, '127.0.0.1', () => resolve(listening))
  })
  async function close() {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  after(() => (server.listening ? close() : undefined))
  return self
}

/** Follows redirects until one leads away from the provider. */
async function walk(address: string, issuer: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(address)
  for (let hop = 0; hop < 10; hop++) {
    if (url.origin !== issuer) return url
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (!location) throw new Error(`${url.pathname} answered ${response.status}: ${await response.text()}`)
    url = new URL(location, url)
  }
  throw new Error('It goes round in circles.')
}
