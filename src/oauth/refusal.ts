// Why a sign-in by another service did not work: each has its page, and stands in the audit log.

export type Reason =
  /** The person, or the service, said no. */
  | 'denied'
  /** No answer that was asked for in this browser, or one that was taken already. */
  | 'unasked'
  | 'expired'
  /** The answer of one service at the address of another. */
  | 'other-issuer'
  /** A code or a proof that does not hold. */
  | 'untrue'
  /** It does not answer, or not in time. */
  | 'unreachable'
  | 'account-closed'
  | 'has-account'
  | 'no-new-accounts'
  | 'no-address'
  | 'signed-out'
  | 'someone-elses'
  | 'too-many'

/** `detail` is for the log of the operator; it holds no token and no code. */
export class Refusal extends Error {
  readonly reason: Reason

  constructor(reason: Reason, detail = '') {
    super(detail)
    this.reason = reason
  }
}
