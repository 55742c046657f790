/** Why nothing came back, in a sentence about the other host. */
export class OutboundError extends Error {
  /** Asking again later gives the same. */
  readonly isFinal: boolean

  constructor(message: string, isFinal: boolean) {
    super(message)
    this.isFinal = isFinal
  }
}

export const refused = (message: string) => new OutboundError(message, true)
export const failed = (message: string) => new OutboundError(message, false)
