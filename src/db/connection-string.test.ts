import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dice } from '../../test/dice.ts'
import {
  type ConnectionTarget,
  describeTarget,
  formatConnectionString,
  isLocal,
  parseConnectionString as parse,
} from './connection-string.ts'

const plain: ConnectionTarget = {
  addresses: [{ host: 'db.example', port: 5432 }],
  database: 'bloggy',
  user: 'ada',
  password: 'secret',
  sslmode: undefined,
  sslrootcert: undefined,
  target_session_attrs: 'any',
}

describe('a connection string', () => {
  test('starts with postgres:// or postgresql://', () => {
    assert.deepEqual(parse('postgres://ada:secret@db.example:5432/bloggy'), plain)
    assert.deepEqual(parse('postgresql://ada:secret@db.example:5432/bloggy'), plain)
    for (const text of ['', 'bloggy', 'mysql://ada@db.example/bloggy', 'http://db.example', 'postgres:ada@db/bloggy']) {
      assert.throws(() => parse(text), /must look like postgres:/, text)
    }
  })

  test('may leave out port, password, database and host', () => {
    assert.deepEqual(parse('postgres://ada:secret@db.example/bloggy'), plain)
    assert.deepEqual(parse('postgres://ada@db.example/bloggy'), { ...plain, password: undefined })
    assert.equal(parse('postgres://ada@db.example').database, 'ada')
    assert.equal(parse('postgres://ada@db.example/').database, 'ada')
    assert.deepEqual(parse('postgres://ada@/bloggy').addresses, [{ host: 'localhost', port: 5432 }])
  })

  test('names a user', () => {
    assert.throws(() => parse('postgres://db.example/bloggy'), /names no user/)
    assert.throws(() => parse('postgres:///bloggy'), /names no user/)
    assert.equal(parse('postgres://db.example/bloggy?user=ada').user, 'ada')
  })

  test('lists several hosts, each with a port', () => {
    assert.deepEqual(parse('postgres://ada@one:6001,two,three:6003/bloggy').addresses, [
      { host: 'one', port: 6001 },
      { host: 'two', port: 5432 },
      { host: 'three', port: 6003 },
    ])
  })

  test('lists several hosts in its parameters, with one port for all or one for each', () => {
    const hosts = 'postgres://ada@/bloggy?host=one,two'
    const ports = (text: string) => parse(text).addresses.map(({ port }) => port)
    assert.deepEqual(ports(hosts), [5432, 5432])
    assert.deepEqual(ports(`${hosts}&port=6000`), [6000, 6000])
    assert.deepEqual(ports(`${hosts}&port=6001,6002`), [6001, 6002])
    assert.deepEqual(ports(`${hosts}&port=,6002`), [5432, 6002])
    assert.throws(() => ports(`${hosts}&port=1,2,3`), /3 ports for 2 hosts/)
  })

  test('takes IPv6 addresses, in brackets before the path and bare in the parameters', () => {
    assert.deepEqual(parse('postgres://ada@[2001:db8::1]:6001,[::1]/bloggy').addresses, [
      { host: '2001:db8::1', port: 6001 },
      { host: '::1', port: 5432 },
    ])
    assert.deepEqual(parse('postgres://ada@/bloggy?host=::1&port=6001').addresses, [{ host: '::1', port: 6001 }])
    assert.deepEqual(parse('postgres://ada@[fe80::1%25eth0]/bloggy').addresses, [{ host: 'fe80::1%eth0', port: 5432 }])
    assert.throws(() => parse('postgres://ada@2001:db8::1/bloggy'), /IPv6 address in brackets/)
  })

  test('takes the folder of a Unix socket', () => {
    const socket = [{ host: '/var/run/postgresql', port: 5432 }]
    assert.deepEqual(parse('postgres://ada@/bloggy?host=/var/run/postgresql').addresses, socket)
    assert.deepEqual(parse('postgres://ada@/bloggy?host=%2Fvar%2Frun%2Fpostgresql').addresses, socket)
    assert.deepEqual(parse('postgres://ada@%2Fvar%2Frun%2Fpostgresql/bloggy').addresses, socket)
    assert.deepEqual(parse('postgres://ada@/bloggy?host=/tmp&port=6001').addresses, [{ host: '/tmp', port: 6001 }])
    assert.deepEqual(parse('postgres://ada@/bloggy?host=/tmp/50%2525').addresses, [{ host: '/tmp/50%25', port: 5432 }])
  })

  test('reads escapes in user, password and database', () => {
    const target = parse('postgres://a%40b:p%2F%3A%3F%25%40%20w@db.example/my%2Fblog')
    assert.equal(target.user, 'a@b')
    assert.equal(target.password, 'p/:?%@ w')
    assert.equal(target.database, 'my/blog')
    assert.equal(parse('postgres://ada:a:b#c@db.example/bloggy').password, 'a:b#c')
    assert.equal(parse('postgres://ada@db.example/bloggy?password=a=b%26').password, 'a=b&')
  })

  test('sets sslmode, sslrootcert and target_session_attrs', () => {
    const base = 'postgres://ada@db.example/bloggy'
    for (const mode of ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']) {
      assert.equal(parse(`${base}?sslmode=${mode}`).sslmode, mode)
    }
    for (const wanted of ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby']) {
      assert.equal(parse(`${base}?target_session_attrs=${wanted}`).target_session_attrs, wanted)
    }
    assert.equal(parse(`${base}?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem`).sslrootcert, '/etc/ca.pem')
    assert.throws(() => parse(`${base}?sslmode=on`), /sslmode=on; it must be one of disable, allow, prefer/)
    assert.throws(
      () => parse(`${base}?target_session_attrs=master`),
      /target_session_attrs=master; it must be one of any/,
    )
  })

  test('refuses what it does not know or what is no port', () => {
    const base = 'postgres://ada@db.example'
    assert.throws(() => parse(`${base}/bloggy?sslmodus=require`), /parameter "sslmodus"/)
    assert.throws(() => parse(`${base}/bloggy?__proto__=x`), /parameter "__proto__"/)
    assert.throws(() => parse(`${base}:0/bloggy`), /port out of range for db.example/)
    assert.throws(() => parse(`${base}:65536/bloggy`), /port out of range/)
    assert.throws(() => parse(`${base}/bloggy?port=x`), /port out of range/)
  })

  test('never shows the password in an error, however it is broken', () => {
    const broken = [
      'postgres://ada:hun%ter2@db.example/bloggy',
      'postgres://ada:hun/ter2@db.example/bloggy',
      'postgres://ada:12/hunter2@db.example/bloggy',
      'postgres://ada:hun@ter2@db.example/bloggy',
      'postgres://ada:hun?ter2@db.example/bloggy',
      'postgres://ada:12?hunter2=1@db.example/bloggy',
      'postgres://ada:hunter2@db.example:port/bloggy',
      'postgres://ada:hunter2@db.example:99999/bloggy',
      'postgres://ada:hunter2@db.example/bloggy?sslmode=never',
      'postgres://ada:hunter2@db.example/bloggy?timeout=1',
      'postgres://ada:hunter2@[::1/bloggy',
      'postgres://:hunter2@db.example/bloggy',
      'postgres://ada:hunter2',
      'psql://ada:hunter2@db.example/bloggy',
    ]
    for (const text of broken) {
      assert.throws(
        () => parse(text),
        (error: Error) => !/hun|ter2/.test(error.message) && error.message.length > 10,
        text,
      )
    }
  })
})

describe('a target', () => {
  test('comes back the same from the string written for it', () => {
    const random = generator(8081)
    for (let round = 0; round < 2000; round++) {
      const target = randomTarget(random)
      assert.deepEqual(parse(formatConnectionString(target)), target, formatConnectionString(target))
    }
  })

  test('is described with hosts, ports, database and user, and without the password', () => {
    const target = parse('postgres://ada:hunter2@one:6001,two/bloggy')
    assert.equal(describeTarget(target), 'host one, port 6001 or host two, port 5432, database bloggy, user ada')
    const socket = parse('postgres://ada:hunter2@/bloggy?host=/tmp')
    assert.equal(describeTarget(socket), 'socket /tmp/.s.PGSQL.5432, database bloggy, user ada')
  })

  test('is local when every host is a socket or a loopback address', () => {
    const local = ['localhost', '127.0.0.1', '127.8.9.10', '[::1]', '%2Ftmp', 'localhost,127.0.0.1']
    const remote = [
      'db.example',
      '127.0.0.1.example',
      '10.0.0.1',
      'localhost.example',
      'localhost,db.example',
      '[2001:db8::1]',
    ]
    for (const host of local) assert.equal(isLocal(parse(`postgres://ada@${host}/bloggy`)), true, host)
    for (const host of remote) assert.equal(isLocal(parse(`postgres://ada@${host}/bloggy`)), false, host)
  })
})

type Random = <T>(choices: readonly T[]) => T

/** The same choices for the same seed. */
function generator(seed: number): Random {
  const random = dice(seed)
  return (choices) => choices[Math.floor(random() * choices.length)] as never
}

function randomTarget(random: Random): ConnectionTarget {
  const text = () => Array.from({ length: random([1, 2, 5, 12]) }, () => random(characters)).join('')
  const folder = () => `/${text().replaceAll(',', '')}`
  const host = random([true, false])
    ? folder
    : () => random(['db.example', '10.0.0.1', '2001:db8::1', 'fe80::1%eth0', 'a_b-c'])
  const count = random([1, 1, 2, 3])
  return {
    addresses: Array.from({ length: count }, () => ({ host: host(), port: random([5432, 5432, 1, 6001, 65535]) })),
    database: text(),
    user: text(),
    password: random([undefined, '', text()]),
    sslmode: random([undefined, 'disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']),
    sslrootcert: random([undefined, undefined, folder()]),
    target_session_attrs: random(['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby']),
  }
}

const characters = [...`ab09 -_.~!*'();:@&=+$,/?#[]%"<>\\^{}|\u00e4\u6f22\u{1f600}`]
