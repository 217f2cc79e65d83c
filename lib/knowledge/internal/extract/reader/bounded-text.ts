import { MAX_TEXT_BYTES, TOO_LONG } from '../limits.ts'
import { Unreadable } from '../unreadable.ts'

/** A text put together piece by piece, up to the most that may be read. */
export class BoundedText {
  #pieces: string[] = []
  #bytes = 0

  /** @throws Unreadable when the text becomes too long */
  add(piece: string): void {
    this.#bytes += Buffer.byteLength(piece)
    if (this.#bytes > MAX_TEXT_BYTES) throw new Unreadable(TOO_LONG)
    this.#pieces.push(piece)
  }

  toString(): string {
    return this.#pieces.join('')
  }
}
