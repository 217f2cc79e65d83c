import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb'

/** Documents with every type that the driver can write. */
export const TYPED_DOCUMENTS = [
  { _id: new ObjectId(), double: new Double(1), int: new Int32(1), long: Long.fromNumber(1), minusZero: -0 },
  { _id: 'text', decimal: Decimal128.fromString('1.10'), min: new MinKey(), max: new MaxKey(), none: null },
  {
    _id: new Double(5),
    symbol: new BSONSymbol('s'),
    code: new Code('x', { a: 1 }),
    re: new BSONRegExp('a', 'im'),
  },
  {
    _id: { a: 1 },
    stamp: Timestamp.fromBits(2, 1),
    uuid: new Binary(Buffer.alloc(16, 1), 4),
    far: new Date(-1),
  },
]

/** A document with what the driver itself would read as something else. */
export function oddDocument(): Buffer {
  return document(
    element(0x02, '_id', text('odd')),
    element(0x06, 'undefined', Buffer.alloc(0)),
    element(0x0c, 'pointer', Buffer.concat([text('a.b'), Buffer.alloc(12)])),
    element(0x01, 'a NaN with a load', Buffer.from('010000000000f87f', 'hex')),
    element(0x09, 'later than Date knows', Buffer.from('ffffffffffffff7f', 'hex')),
    element(0x02, 'twice', text('one')),
    element(0x02, 'twice', text('two')),
    element(0x02, '__proto__', text('x')),
    element(0x05, 'old binary', Buffer.from('0700000002030000000102ff', 'hex')),
    element(
      0x03,
      'reference',
      document(element(0x10, '$id', Buffer.alloc(4)), element(0x02, '$ref', text('a'))),
    ),
  )
}

function document(...elements: Buffer[]): Buffer {
  const body = Buffer.concat(elements)
  return Buffer.concat([int32(body.length + 5), body, Buffer.alloc(1)])
}

function element(type: number, name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(`${value}\0`)
  return Buffer.concat([int32(bytes.length), bytes])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
