import { constants, deflateRawSync } from 'node:zlib'

/** The end of a deflated stream. */
const LAST_BLOCK = deflateRawSync(Buffer.alloc(0))

/** A piece repeated so many times, deflated, without ever holding the whole of it. */
export function deflatedRepeat(piece: Buffer, times: number): Buffer {
  const block = deflateRawSync(piece, { finishFlush: constants.Z_FULL_FLUSH, level: 9 })
  return Buffer.concat([...Array.from({ length: times }, () => block), LAST_BLOCK])
}

/** The same with the header of a zlib stream. */
export function zlibRepeat(piece: Buffer, times: number): Buffer {
  return Buffer.concat([Buffer.from([0x78, 0xda]), deflatedRepeat(piece, times)])
}
