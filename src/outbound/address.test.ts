import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allowedFrom, isListed, isPublic } from './address.ts'

describe('an address of the network', () => {
  const others = {
    'this machine': ['127.0.0.1', '127.255.255.254', '0.0.0.0', '::1', '::', 'fe80::1', 'fe80::1%eth0'],
    'a private network': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
    'shared with a provider': ['100.64.0.1', '100.127.255.255'],
    'where clouds keep their secrets': ['169.254.169.254', 'fd00:ec2::254', '::ffff:169.254.169.254'],
    'many machines': ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
    'reserved or for examples': ['192.0.2.1', '198.51.100.7', '203.0.113.7', '240.0.0.1', '198.18.0.1', '2001:db8::1'],
    'an IPv4 address in disguise': [
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::a00:1',
      '2002:7f00:1::1',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      '::ffff:8.8.8.8',
    ],
    'no address': ['', 'localhost', '127.1', '0x7f.0.0.1', '1.1.1.1.', '[::1]'],
  }
  for (const [what, addresses] of Object.entries(others)) {
    test(`that is ${what} is not public`, () => {
      for (const address of addresses) assert.equal(isPublic(address), false, address)
    })
  }

  test('of the internet is public, up to the edges of what is not', () => {
    for (const address of [
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '223.255.255.255',
      '2606:4700:4700::1111',
      '2a00:1450:4001:80b::200e',
      '2001:4860:4860::8888',
    ])
      assert.equal(isPublic(address), true, address)
  })
})

test('what the operator lists is found by name, address and network', () => {
  const allowed = allowedFrom(['wiki.intern', '10.1.0.0/16', '192.168.0.7', 'fd00::/8'])
  for (const one of ['wiki.intern', '10.1.2.3', '192.168.0.7', 'fd12::1']) assert.ok(isListed(allowed, one), one)
  for (const one of ['intern', 'a.wiki.intern', '10.2.0.1', '192.168.0.8', 'fe80::1%eth0', '']) {
    assert.ok(!isListed(allowed, one), one)
  }
})
