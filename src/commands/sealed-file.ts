import type { Source } from '../backups/restore.ts'
import { sealedMagic } from '../backups/sealed.ts'
import { Taker } from '../backups/pieces.ts'

/** Whether a passphrase is needed to read it. */
export async function isSealed(source: Source): Promise<boolean> {
  const taker = new Taker(source.open())
  try {
    return (await taker.upTo(sealedMagic.length)).equals(sealedMagic)
  } finally {
    await taker.close()
  }
}
