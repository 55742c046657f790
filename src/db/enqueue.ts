import { type RawBuilder, sql } from 'kysely'
import type { Db } from './pool.ts'

/** Every job and what it is told. Links are made when the mail is written, so no job holds one. */
export type Jobs = {
  /** `next` is the page on which somebody wanted to sign in. */
  'send-confirmation': { email: string; next?: string; registration_id?: number }
  'send-registration-notice': { email: string }
  /** `by` made the account just now. */
  'send-password-reset': { email: string; by?: string }
  'send-provider-confirmation': { email: string; service: string }
  'send-provider-notice': { email: string; service: string }
  'send-connection-notice': { user_id: number; service: string }
  /** The token is encrypted. */
  'revoke-token': { provider: string; account_id: number; token: string }
  'send-safety-mail': {
    user_id: number
    kind:
      | 'new-place'
      | 'codes-guessed'
      | 'factor-on'
      | 'factor-off'
      | 'factor-removed'
      | 'recovery-codes-made'
      | 'recovery-code-used'
    at: string
    device?: string
    place?: string
    left?: number
  }
  'send-guest-confirmation': { comment_id: number }
  'remove-person': { user_id: number }
  'send-invitation': { invitation_id: number }
  'send-email-change': { user_id: number }
  'send-email-notice': { email: string }
  'check-comment': { comment_id: number; tries: number }
  'tell-of-comments': Record<string, never>
  'tell-of-comment': { comment_id: number; since?: string }
  'send-comment-mail': { user_id: number } | { guest_id: number }
  'note-appearance': { post_id: number }
  'render-again': Record<string, never>
  'fetch-embed': { address: string }
  'show-embed': { address: string; after_id: number }
  'index-posts': Record<string, never>
  'index-all': Record<string, never>
  'notice-imports': Record<string, never>
  'remove-media-files': { place: string; media_id?: number }
  'digest-post': { post_id: number }
  'digest-posts': { after_id: number }
  'count-posts': Record<string, never>
  'tell-hub': { tries: number }
  'remove-stale': Record<string, never>
  'back-up': Record<string, never>
}

type When = {
  at?: Date
  /** A job with the same key that waits is replaced. */
  key?: string
  /** Mail goes first. */
  canWait?: boolean
  /** Jobs of one queue are done one at a time, by all processes together. The names stay, so let there be few. */
  queue?: string
}

/** Each waits for a service that may not answer: five seconds a job, so everything else comes before the next of them. */
const last: ReadonlySet<keyof Jobs> = new Set(['check-comment'])

/** Adds a job in the transaction of `db`: it exists exactly when the write does. */
export async function enqueue<Name extends keyof Jobs>(
  db: Db,
  name: Name,
  payload: Jobs[Name],
  when: When = {},
): Promise<void> {
  await sql`select ${jobOf(name, payload, when)}`.execute(db)
}

/** SQL: the same, for a statement that does more. */
export function jobOf<Name extends keyof Jobs>(name: Name, payload: Jobs[Name], when: When = {}): RawBuilder<unknown> {
  // Given as json, the driver would encode the text a second time.
  return addJob(name, sql`${JSON.stringify(payload)}::text::json`, when)
}

/** SQL: the same with json that the statement makes. */
export function addJob(
  name: keyof Jobs,
  payload: RawBuilder<unknown>,
  { at, key, canWait = false, queue }: When = {},
): RawBuilder<unknown> {
  const priority = last.has(name) ? 20 : canWait ? 10 : 0
  return sql`graphile_worker.add_job(${name}, ${payload}, ${queue ?? null}::text, max_attempts := 12,
    run_at := ${at ?? null}::timestamptz, job_key := ${key ?? null}::text, priority := ${priority})`
}
