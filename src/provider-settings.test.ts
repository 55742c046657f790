// Services to sign in by, out of the environment.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { describeSettings, loadConfig } from './config.ts'
import { StartError } from './errors.ts'

const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-providers-`))
after(() => rmSync(folder, { recursive: true }))

const club = {
  OIDC_CLUB_ISSUER: 'https://id.club.example/realms/one',
  OIDC_CLUB_CLIENT_ID: 'blog',
  OIDC_CLUB_CLIENT_SECRET: 'hush',
}

function mistakesOf(environment: Record<string, string>): string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    assert.ok(error instanceof StartError)
    return error.message.split('\n').slice(1)
  }
}

describe('services to sign in by', () => {
  test('are none where nothing is said', () => assert.deepEqual(loadConfig({}).providers, []))

  test('are those whose pairs are given, in their order', () => {
    const { providers } = loadConfig({
      ...club,
      FACEBOOK_APP_ID: 'f',
      FACEBOOK_APP_SECRET: 's',
      GOOGLE_CLIENT_ID: 'g',
      GOOGLE_CLIENT_SECRET: 's',
      MICROSOFT_CLIENT_ID: 'm',
      MICROSOFT_CLIENT_SECRET: 's',
      GITHUB_CLIENT_ID: 'h',
      GITHUB_CLIENT_SECRET: 's',
    })
    assert.deepEqual(
      providers.map(({ id, label, issuer }) => [id, label, issuer]),
      [
        ['google', 'Google', 'https://accounts.google.com'],
        ['github', 'GitHub', 'https://github.com/login/oauth'],
        ['microsoft', 'Microsoft', 'https://login.microsoftonline.com/common/v2.0'],
        ['facebook', 'Facebook', 'https://www.facebook.com'],
        ['club', 'Club', 'https://id.club.example/realms/one'],
      ],
    )
  })

  test('may be of one tenant of Microsoft', () => {
    const pair = { MICROSOFT_CLIENT_ID: 'm', MICROSOFT_CLIENT_SECRET: 's' }
    const { providers } = loadConfig({ ...pair, MICROSOFT_TENANT: 'club.example' })
    assert.equal(providers[0]?.issuer, 'https://login.microsoftonline.com/club.example/v2.0')
    for (const tenant of ['../x', 'a/b', 'a b', '.', 'a..b', 'https://x'])
      assert.match(
        mistakesOf({ ...pair, MICROSOFT_TENANT: tenant }).join(),
        /MICROSOFT_TENANT must be the name or the id/,
      )
  })

  test('of one’s own are known by their issuer, whatever they are called', () => {
    const renamed = Object.fromEntries(
      Object.entries(club).map(([name, value]) => [name.replace('CLUB', 'MY_HOUSE'), value]),
    )
    const { providers } = loadConfig({
      ...renamed,
      OIDC_MY_HOUSE_LABEL: 'Our house',
      OIDC_MY_HOUSE_SCOPES: 'openid mail',
    })
    const [{ id, key, label, scope } = assert.fail()] = providers
    assert.deepEqual([id, key, label, scope], ['my-house', club.OIDC_CLUB_ISSUER, 'Our house', 'openid mail'])
    assert.equal(loadConfig(club).providers[0]?.key, key)
  })

  test('may have their secrets in files', () => {
    const file = join(folder, 'secret')
    writeFileSync(file, 'hush\n')
    const { OIDC_CLUB_CLIENT_SECRET: _, ...rest } = club
    const { providers } = loadConfig({ ...rest, OIDC_CLUB_CLIENT_SECRET_FILE: file })
    assert.equal(providers[0]?.clientSecret, 'hush')
    assert.match(
      mistakesOf({ ...club, OIDC_CLUB_CLIENT_SECRET_FILE: file }).join(),
      /and OIDC_CLUB_CLIENT_SECRET_FILE are both set/,
    )
    assert.match(
      mistakesOf({ ...rest, OIDC_CLUB_CLIENT_SECRET_FILE: `${file}.gone` }).join(),
      /cannot be read \(ENOENT\)/,
    )
  })

  test('need whole pairs', () => {
    assert.deepEqual(mistakesOf({ GOOGLE_CLIENT_ID: 'g' }), [
      '  - GOOGLE_CLIENT_SECRET is missing; GOOGLE_CLIENT_ID is nothing without it.',
    ])
    assert.deepEqual(mistakesOf({ FACEBOOK_APP_SECRET: 's', GITHUB_CLIENT_SECRET: 's' }), [
      '  - GITHUB_CLIENT_ID is missing; GITHUB_CLIENT_SECRET is nothing without it.',
      '  - FACEBOOK_APP_ID is missing; FACEBOOK_APP_SECRET is nothing without it.',
    ])
    assert.deepEqual(mistakesOf({ OIDC_CLUB_LABEL: 'Club' }), [
      '  - OIDC_CLUB_ISSUER is missing; the other OIDC_CLUB_ settings are nothing without it.',
      '  - OIDC_CLUB_CLIENT_ID is missing; the other OIDC_CLUB_ settings are nothing without it.',
      '  - OIDC_CLUB_CLIENT_SECRET is missing; the other OIDC_CLUB_ settings are nothing without it.',
    ])
  })

  test('need an issuer that is encrypted, or on this machine', () => {
    for (const issuer of [
      'id.example',
      'http://id.example',
      'ftp://id.example',
      'https://a:b@id.example',
      'https://id.example?x',
      'https://id.example#x',
    ])
      assert.match(mistakesOf({ ...club, OIDC_CLUB_ISSUER: issuer }).join(), /must be an https address/, issuer)
    for (const issuer of ['http://localhost:3000', 'http://127.0.0.1:3000/x', 'https://id.example/'])
      assert.deepEqual(mistakesOf({ ...club, OIDC_CLUB_ISSUER: issuer }), [])
  })

  test('have names that are free, short labels and the scope that is needed', () => {
    const taken = Object.fromEntries(
      Object.entries(club).map(([name, value]) => [name.replace('CLUB', 'GITHUB'), value]),
    )
    assert.match(mistakesOf(taken).join(), /OIDC_GITHUB_ISSUER has a name that is taken/)
    assert.match(mistakesOf({ ...club, OIDC_CLUB_LABEL: 'x'.repeat(41) }).join(), /longer than 40/)
    assert.match(mistakesOf({ ...club, OIDC_CLUB_SCOPES: 'email profile' }).join(), /must hold openid/)
  })

  test('are shown without their secrets', () => {
    const environment = { ...club, GITHUB_CLIENT_ID: 'h', GITHUB_CLIENT_SECRET: 'hush' }
    const rows = describeSettings(loadConfig(environment), environment)
    const found = rows.filter(({ name }) => /^(OIDC|GITHUB)_/.test(name)).map(({ name, value }) => [name, value])
    assert.deepEqual(found, [
      ['GITHUB_CLIENT_ID', 'h'],
      ['GITHUB_CLIENT_SECRET', 'set'],
      ['OIDC_CLUB_ISSUER', club.OIDC_CLUB_ISSUER],
    ])
  })
})
