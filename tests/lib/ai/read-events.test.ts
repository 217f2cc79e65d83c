import { describe, expect, it } from 'vitest'
import { readEvents } from '../../../lib/ai/internal/read-events.ts'

/** What is read of a body that comes in these pieces. */
async function read(pieces: string[]): Promise<unknown[][]> {
  const batches: unknown[][] = []
  for await (const batch of readEvents(new Response(bodyOf(pieces)))) batches.push(batch)
  return batches
}

function bodyOf(pieces: string[]): ReadableStream<Uint8Array> {
  const bytes = pieces.map(piece => new TextEncoder().encode(piece))
  return ReadableStream.from(bytes)
}

describe('the events of a stream', () => {
  it('that come together are given together', async () => {
    expect(await read(['data: 1\n\ndata: 2\n\n', 'data: 3\n\n'])).toEqual([[1, 2], [3]])
  })

  it.each([
    ['line feeds', '\n'],
    ['carriage returns', '\r'],
    ['both', '\r\n'],
  ])('are read wherever they are cut, with %s', async (_name, end) => {
    const text = [': hello', 'data: {"a":', 'data:"é€"}', '', 'id: 7', 'data: [2]', '', ''].join(end)
    const bytes = new TextEncoder().encode(text)
    for (let at = 0; at <= bytes.length; at++) {
      const body = ReadableStream.from([bytes.slice(0, at), bytes.slice(at)])
      const batches: unknown[][] = []
      for await (const batch of readEvents(new Response(body))) batches.push(batch)
      expect(batches.flat(), `cut at ${at}`).toEqual([{ a: 'é€' }, [2]])
    }
  })

  it('end with [DONE], whatever follows', async () => {
    expect(await read(['data: 1\n\ndata: [DONE]\n\ndata: 2\n\n', 'data: 3\n\n'])).toEqual([[1]])
  })

  it('count also when nothing marks the end of the last one', async () => {
    expect(await read(['data: 1\n\n', 'data: 2'])).toEqual([[1], [2]])
  })

  it.each([
    ['an error among its fields', 'data: {"error":{"message":"over capacity"}}\n\n'],
    ['the name of an error', 'event: error\ndata: {"message":"over capacity"}\n\n'],
  ])('before one that has %s are given, then it is thrown', async (_name, told) => {
    const events = readEvents(new Response(bodyOf([`data: 1\n\n${told}`])))
    expect((await events.next()).value).toEqual([1])
    await expect(events.next()).rejects.toThrow('over capacity')
  })

  it('before one that is no JSON are given, then it fails', async () => {
    const events = readEvents(new Response(bodyOf(['data: 1\n\ndata: {\n\n'])))
    expect((await events.next()).value).toEqual([1])
    await expect(events.next()).rejects.toThrow(SyntaxError)
  })

  it('in thousands of pieces of one line take no time to speak of', async () => {
    const pieces = Array.from({ length: 20_000 }, () => 'x'.repeat(100))
    const [[text]] = (await read(['data: "', ...pieces, '"\n\n'])) as [[string]]
    expect(text).toHaveLength(2_000_000)
  })
})
