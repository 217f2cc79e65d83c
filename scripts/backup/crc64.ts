/** CRC-64 with the ECMA-182 polynomial, reflected (also called CRC-64/XZ): what mongodump's archives carry. */
export class Crc64 {
  #low = ALL_ONES
  #high = ALL_ONES

  /** Takes these bytes in. Eight at a time: JavaScript has no whole numbers of 64 bits that are quick. */
  update(bytes: Uint8Array): this {
    let low = this.#low
    let high = this.#high
    let at = 0
    for (const end = bytes.length - 7; at < end; at += 8) {
      low ^= word(bytes, at)
      high ^= word(bytes, at + 4)
      const a = (7 << 8) | (low & 255)
      const b = (6 << 8) | ((low >>> 8) & 255)
      const c = (5 << 8) | ((low >>> 16) & 255)
      const d = (4 << 8) | (low >>> 24)
      const e = (3 << 8) | (high & 255)
      const f = (2 << 8) | ((high >>> 8) & 255)
      const g = (1 << 8) | ((high >>> 16) & 255)
      const h = high >>> 24
      low = lowAt(a) ^ lowAt(b) ^ lowAt(c) ^ lowAt(d) ^ lowAt(e) ^ lowAt(f) ^ lowAt(g) ^ lowAt(h)
      high = highAt(a) ^ highAt(b) ^ highAt(c) ^ highAt(d) ^ highAt(e) ^ highAt(f) ^ highAt(g) ^ highAt(h)
    }
    for (; at < bytes.length; at++) {
      const entry = (low ^ (bytes[at] ?? 0)) & 255
      low = ((low >>> 8) | (high << 24)) ^ lowAt(entry)
      high = (high >>> 8) ^ highAt(entry)
    }
    this.#low = low
    this.#high = high
    return this
  }

  /** The checksum of everything so far, as BSON holds it: a signed number. */
  value(): bigint {
    const unsigned = (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0)
    return BigInt.asIntN(64, unsigned)
  }
}

const ALL_ONES = -1
const POLYNOMIAL = 0xc96c5795d7870f42n

// Table n, entry b: what the byte b does when n bytes follow it.
const LOW = new Int32Array(8 * 256)
const HIGH = new Int32Array(8 * 256)
for (let byte = 0; byte < 256; byte++) {
  let crc = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n
  LOW[byte] = Number(BigInt.asIntN(32, crc))
  HIGH[byte] = Number(BigInt.asIntN(32, crc >> 32n))
}
for (let entry = 256; entry < 8 * 256; entry++) {
  const low = lowAt(entry - 256)
  const high = highAt(entry - 256)
  LOW[entry] = ((low >>> 8) | (high << 24)) ^ lowAt(low & 255)
  HIGH[entry] = (high >>> 8) ^ highAt(low & 255)
}

function lowAt(entry: number): number {
  return LOW[entry] ?? 0
}

function highAt(entry: number): number {
  return HIGH[entry] ?? 0
}

function word(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  return a | (b << 8) | (c << 16) | (d << 24)
}
