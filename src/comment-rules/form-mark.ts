// What a form says about who fills it in: a field that no person sees, and when it was made, signed.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'

/** A name that programs fill in by themselves. */
export const trapName = 'website'

/** Nobody reads a page, thinks and writes in less. */
const fastestMs = 1000

export function writeMark(secret: string, post_id: number, key: string, now: Date): string {
  const at = now.getTime().toString(36)
  return `${at}.${signed(secret, `comment form ${post_id} ${key} ${at}`)}`
}

/** What a new form is known by: its key, for a form that is sent twice, and the mark of both. */
export function newMarks(secret: string, post_id: number): { key: string; mark: string } {
  const key = randomUUID()
  return { key, mark: writeMark(secret, post_id, key, new Date()) }
}

type Sent = { mark?: string | undefined; trap?: string | undefined; submission_key?: string | undefined }

/**
 * A form without a mark is one of a program that somebody with an account wrote; a mark that is not ours, or of another
 * form, says no more than one that is too young.
 */
export function signsIn(secret: string, post_id: number, sent: Sent, now: Date): 'trap' | 'fast' | undefined {
  if (sent.trap) return 'trap'
  if (sent.mark === undefined) return undefined
  const [at = '', signature = ''] = sent.mark.split('.')
  const expected = signed(secret, `comment form ${post_id} ${sent.submission_key ?? ''} ${at}`)
  if (!isSame(signature, expected)) return 'fast'
  return now.getTime() - parseInt(at, 36) < fastestMs ? 'fast' : undefined
}

export function signed(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}

export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
