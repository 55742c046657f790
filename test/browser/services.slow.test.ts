// Somebody's whole life with another service, in a browser, with a provider on another address of this machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paths } from '../../src/paths.ts'
import { testApp } from '../app.ts'
import { assertHeading, fill, press, serve, startBrowser, visit, webSettings } from '../browser.ts'
import { password } from '../cast.ts'
import { client, startIdentityProvider } from '../identity-provider.ts'
import { linkIn } from '../people.ts'

const browser = await startBrowser()
const web = await webSettings()
const idp = await startIdentityProvider([web.SITE_URL + paths.providerAnswer('club')])
const blog = await testApp({
  ...web,
  OUTBOUND_ALLOW: '127.0.0.1',
  OIDC_CLUB_ISSUER: idp.issuer,
  OIDC_CLUB_CLIENT_ID: client.client_id,
  OIDC_CLUB_CLIENT_SECRET: client.client_secret,
})
const origin = await serve(blog)

test('somebody comes by a service, comes back, takes a password, disconnects and connects again', async () => {
  idp.asksPeople = true
  idp.person = { sub: 'nora', email: 'nora@club.example', email_verified: true, name: 'Nora' }
  const nora = await visit(browser, origin)
  const { page } = nora
  const passThere = async () => {
    await assertHeading(page, 'Accounts')
    assert.equal(new URL(page.url()).origin, idp.issuer)
    await press(page, 'button', 'Go on as Nora')
  }

  await page.goto(`${paths.signIn()}?next=${paths.profile()}`)
  await press(page, 'button', 'Continue with Club')
  await passThere()
  await assertHeading(page, 'Your profile')
  assert.equal(page.url(), origin + paths.profile())
  await page.getByText('nora@club.example').waitFor()

  await press(page, 'button', 'Sign out')
  await page.goto(paths.signIn())
  await press(page, 'button', 'Continue with Club')
  // It knows her by now, and sends her back at once.
  await page.waitForURL(`${origin}/`)
  await press(page, 'link', 'Nora')

  await press(page, 'link', 'Signing in by other services')
  await press(page, 'button', 'Disconnect Club')
  await page.getByRole('alert').getByText('This is the only way into your account.').waitFor()
  await press(page, 'link', 'have a link sent to you by mail')
  await fill(page, { 'E-mail': 'nora@club.example' })
  await page.getByRole('main').getByRole('button').click()
  await page.getByRole('status').waitFor()
  const mail = (await blog.deliverMail()).find(({ to }) => to === 'nora@club.example')
  await page.goto(linkIn(mail?.text ?? ''))
  await fill(page, { 'New password': password })
  await page.getByRole('main').getByRole('button').click()
  await fill(page, { 'E-mail': 'nora@club.example', Password: password })
  await press(page, 'button', 'Sign in')
  await press(page, 'link', 'Nora')

  await press(page, 'link', 'Signing in by other services')
  await press(page, 'button', 'Disconnect Club')
  await page.getByRole('status').getByText('Disconnected.').waitFor()
  await page.getByText('Nothing is connected yet.').waitFor()
  await nora.context.clearCookies({ domain: '127.0.0.1' })
  await fill(page, { 'Your password': password })
  await press(page, 'button', 'Connect Club')
  await passThere()
  await page.getByRole('status').getByText('Connected.').waitFor()

  idp.person = undefined
  await nora.context.clearCookies({ domain: '127.0.0.1' })
  await press(page, 'button', 'Sign out')
  await page.goto(paths.signIn())
  await press(page, 'button', 'Continue with Club')
  await assertHeading(page, 'Not signed in with Club')

  // The only other site that was ever asked for anything is the provider, by the browser going there.
  const others = nora.complaints.filter((what) => !what.startsWith(`asked another site: ${idp.issuer}/`))
  assert.deepEqual(others, [])
  assert.ok(nora.requests.every(({ kind }) => ['document', 'stylesheet', 'image', 'other', 'font'].includes(kind)))
})
