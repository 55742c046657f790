import { paths } from '../paths.ts'
import type { App } from './app.ts'

/** Addresses of the older system lead to the pages that took their place. Old keys are dead, so they lead to the start. */
export function legacyAddresses(app: App): void {
  const moves: [string, string][] = [
    [paths.legacy.newPost(), paths.admin.newPost()],
    [paths.legacy.signIn(), paths.signIn()],
    [paths.legacy.signOut(), paths.signIn()],
    [paths.legacy.registration(), paths.register()],
    [paths.legacy.register(), paths.register()],
    [paths.legacy.profile(), paths.profile()],
    [paths.legacy.accountSettings(), paths.profile()],
    [paths.legacy.providerStart(':provider'), paths.signIn()],
    [paths.legacy.connectionStart(':provider'), paths.connections()],
    [paths.legacy.password(), paths.password()],
    [paths.legacy.forgottenPassword(), paths.forgottenPassword()],
    [paths.legacy.emailVerification(':key'), paths.signIn()],
    [paths.legacy.passwordReset(':key'), paths.forgottenPassword()],
  ]
  for (const [from, to] of moves) {
    app.get(from, (_, reply) => reply.header('cache-control', 'public, max-age=3600').redirect(to, 301))
  }
}
