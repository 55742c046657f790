import { type IncomingMessage, ServerResponse } from 'node:http'

/** Longer ones would be copied at the cost of what is saved. */
const mostInOnePiece = 64 * 1024

/**
 * Sends what is there as a whole in one piece with its head. Node does so with a text, of which one byte a character is the
 * quickest; a buffer takes it two pieces, and any other text two looks at each character.
 */
export class InOnePiece<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override end(...given: unknown[]): this {
    const [chunk] = given
    const end = super.end as (...given: unknown[]) => this
    if (!Buffer.isBuffer(chunk) || chunk.length > mostInOnePiece) return end.apply(this, given)
    const done = given.find((one) => typeof one === 'function')
    return end.call(this, chunk.toString('latin1'), 'latin1', done)
  }
}

const scratch = Buffer.allocUnsafeSlow(256 * 1024)

/** As Buffer.from(), which looks twice at each character: first for the length. */
export function bytesOf(text: string): Buffer {
  if (text.length * 3 > scratch.length) return Buffer.from(text)
  return Buffer.copyBytesFrom(scratch, 0, scratch.write(text, 'utf8'))
}
