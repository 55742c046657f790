import type { Moment } from '../reading/moment.ts'

/** `2025-10-12 14:03:22.5+00`, exact to the microsecond, as PostgreSQL reads it. */
export function momentText(at: Moment): string {
  const micros = BigInt(at) + 946_684_800_000_000n
  const seconds = micros >= 0n ? micros / 1_000_000n : -((-micros + 999_999n) / 1_000_000n)
  const fraction = micros - seconds * 1_000_000n
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return `${text}${fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`}+00`
}
