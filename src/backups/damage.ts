/** The file is not as it was written: cut off, changed, put together in another order. */
export class BackupDamaged extends Error {
  constructor(how: string, cause?: unknown) {
    super(how, { cause })
  }
}

/** The passphrase does not fit, or there is none. */
export class WrongPassphrase extends Error {}
