import { BSON } from 'mongodb'

/** MongoDB's wire protocol as far as a command and its reply in one OP_MSG go. */
const OP_MSG = 2013
const HEADER_BYTES = 16
/** Where the sections of an OP_MSG begin: after the header and the flags. */
const SECTIONS_AT = HEADER_BYTES + 4
const BODY_SECTION = 0

export type Command = Record<string, unknown>

/** Cuts what arrives on a connection into messages. */
export function createMessageReader(take: (message: Buffer) => void): (piece: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return piece => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0)
      take(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  }
}

/** The command of a message that holds just one document; null for any other message. */
export function commandOf(message: Buffer): Command | null {
  if (message.readInt32LE(12) !== OP_MSG || message[SECTIONS_AT] !== BODY_SECTION) return null
  const body = message.subarray(SECTIONS_AT + 1)
  return body.readInt32LE(0) === body.length ? BSON.deserialize(body) : null
}

/** The message that answers another one. */
export function replyTo(message: Buffer, body: object): Buffer {
  const document = BSON.serialize(body)
  const head = Buffer.alloc(SECTIONS_AT + 1)
  head.writeInt32LE(head.length + document.length, 0)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, document])
}
