/** The store is away or full: nobody's fault who asks, and nothing to do with the database. */
export class StoreTrouble extends Error {
  readonly isFull: boolean

  constructor(cause: unknown) {
    super(`The store of pictures: ${(cause as Error)?.message}`, { cause })
    this.isFull = ['ENOSPC', 'EDQUOT'].includes((cause as { code?: string })?.code ?? '')
  }
}
