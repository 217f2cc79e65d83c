import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { InvalidInput } from '../../../lib/errors.ts'
import { openUpload } from '../../../lib/http/upload.ts'
import { multipart, spec, uploadRequest } from './multipart.ts'

const MIB = 1024 * 1024
const big = multipart({ name: 'file', filename: 'big.bin', content: Buffer.alloc(4 * MIB, 'x') })

/** A body that counts what is taken from it, and can break off. */
function metered(
  { boundary, bytes }: typeof big,
  { breakAt = Number.POSITIVE_INFINITY, pieces = 64 * 1024 } = {},
) {
  const state = { taken: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (state.taken >= breakAt) return controller.error(new Error('connection reset'))
        const piece = bytes.subarray(state.taken, state.taken + pieces)
        if (piece.byteLength === 0) return controller.close()
        state.taken += piece.byteLength
        controller.enqueue(piece)
      },
      cancel() {
        state.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { state, request: uploadRequest(body, boundary) }
}

async function idle(turns = 200): Promise<void> {
  for (let count = 0; count < turns; count++) await turn()
}

describe('a file that nobody reads yet', () => {
  it('is not taken from the network but for a little', async () => {
    const { state, request } = metered(big)
    const upload = await openUpload(request, spec)
    await idle()
    expect(state.taken).toBeLessThan(0.5 * MIB)

    upload.bytes.once('data', () => upload.bytes.pause())
    await idle()
    expect(state.taken).toBeLessThan(0.75 * MIB)

    upload.bytes.resume()
    expect(await upload.fields()).toEqual({ shared: false })
    expect(state.taken).toBe(big.bytes.byteLength)
  })
})

describe.each([
  [
    'ends too early',
    (cut: number) => openUpload(uploadRequest(big.bytes.subarray(0, cut), big.boundary), spec),
  ],
  ['is broken off', (cut: number) => openUpload(metered(big, { breakAt: cut }).request, spec)],
])('a body that %s', (_name, openCut) => {
  it('before its file is refused', async () => {
    await expect(openCut(0)).rejects.toBeInstanceOf(InvalidInput)
  })

  it('in its file fails whoever reads it, and whoever asks for the fields', async () => {
    const upload = await openCut(2 * MIB)
    await expect(buffer(upload.bytes)).rejects.toBeInstanceOf(InvalidInput)
    await expect(upload.fields()).rejects.toBeInstanceOf(InvalidInput)
  })

  it('harms nobody while nobody reads yet, and fails who reads afterwards', async () => {
    const upload = await openCut(10 * 1024)
    await idle()
    await expect(buffer(upload.bytes)).rejects.toBeInstanceOf(InvalidInput)
    await expect(upload.fields()).rejects.toBeInstanceOf(InvalidInput)
  })
})

describe('a body that breaks off after its file', () => {
  it('harms nobody while nobody reads yet, and fails who reads afterwards', async () => {
    const small = multipart({ name: 'file', filename: 'a', content: 'hello' }, { name: 'note', content: 'x' })
    const end = small.bytes.byteLength
    for (const cut of [end - 4, end - 40, end - 60]) {
      const upload = await openUpload(metered(small, { breakAt: cut, pieces: 16 }).request, spec)
      await idle()
      await expect(buffer(upload.bytes)).rejects.toBeInstanceOf(InvalidInput)
      await expect(upload.fields()).rejects.toBeInstanceOf(InvalidInput)
    }
  })
})

describe('a reader that gives up', () => {
  it('stops the rest from being taken from the network', async () => {
    const { state, request } = metered(big)
    const upload = await openUpload(request, spec)
    upload.bytes.destroy()
    await expect(upload.fields()).rejects.toBeInstanceOf(InvalidInput)
    expect(state.taken).toBeLessThan(0.5 * MIB)
    expect(state.cancelled).toBe(true)
  })
})
