// Every form of a password that the column of the old blog may hold.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

/** Published in the old repository; only the forms without pbkdf2 use it. */
const hmacKey = 'november.5.1955'

const vector = 'pbkdf2(2000,20,sha512)$a616e5f7f7c1fdd6$f522c1d56b67a75deb58f510b6dd660fcb61f210'
const salt = '9b1deb4d3b7d4bad'

type PasswordForm = { form: string; stored: string; password: string; needsHmacKey?: true; isClear?: true }

export const passwordForms: PasswordForm[] = [
  { form: 'the usual one', stored: vector, password: 'fluxcapacitor' },
  { form: 'fewer rounds', stored: pbkdf2('hoverboard', 1000, 20, 'sha512'), password: 'hoverboard' },
  { form: 'a Python bytes literal', stored: pbkdf2('käsebrot', 2000, 20, 'sha512', true), password: 'käsebrot' },
  { form: 'sha1', stored: pbkdf2('one point', 1000, 16, 'sha1'), password: 'one point' },
  { form: 'sha256', stored: pbkdf2('密码 🔑', 2000, 32, 'sha256'), password: '密码 🔑' },
  { form: 'sha384', stored: pbkdf2(' blanks ', 500, 24, 'sha384'), password: ' blanks ' },
  ...['sha512', 'sha256', 'sha1', 'md5'].map((algorithm) => ({
    form: `${algorithm} with a salt and the key`,
    stored: `${algorithm}$${salt}$${createHmac(algorithm, hmacKey + salt)
      .update('almanac')
      .digest('hex')}`,
    password: 'almanac',
    needsHmacKey: true as const,
  })),
  {
    form: 'sha512 with a salt',
    stored: `sha512$${salt}$${createHash('sha512').update(`almanac${salt}`).digest('hex')}`,
    password: 'almanac',
  },
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((algorithm) => ({
    form: `bare ${algorithm}`,
    stored: createHash(algorithm).update('great scott').digest('hex'),
    password: 'great scott',
  })),
  {
    form: 'bare sha256 with the key',
    stored: createHmac('sha256', hmacKey).update('great scott').digest('hex'),
    password: 'great scott',
    needsHmacKey: true,
  },
  ...['password', 'password123', 'test123', 'timemachine', 'x'].map((password) => ({
    form: `the clear text ${password}`,
    stored: password,
    password,
    isClear: true as const,
  })),
]

/** Looks like a hash, and nobody can verify it. */
export const unreadablePassword = `pbkdf2(9999999999,20,sha512)$${salt}$f522c1d56b67a75deb58f510b6dd660fcb61f210`

export const adminHash = vector

export function storedForm(form: string): string {
  const found = passwordForms.find((one) => one.form === form)
  if (!found) throw new Error(`There is no form ${form}.`)
  return found.stored
}

function pbkdf2(password: string, rounds: number, length: number, digest: string, isLiteral = false): string {
  const hex = pbkdf2Sync(password, salt, rounds, length, digest).toString('hex')
  return `pbkdf2(${rounds},${length},${digest})$${salt}$${isLiteral ? `b'${hex}'` : hex}`
}
