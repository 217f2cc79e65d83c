import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { root } from '../helpers/run-script.ts'

type Event = { event: string; data: string }
type Reader = {
  createParser(): (piece: string) => Event[]
  readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<Event>
}

/** The module as the browser gets it. */
const file = pathToFileURL(join(root, 'public', 'console', 'sse.js')).href
const { createParser, readEvents } = (await import(file)) as Reader

function parse(...pieces: string[]): Event[] {
  return pieces.flatMap(createParser())
}

describe('the parser of server-sent events', () => {
  it('gives an event at the blank line after it', () => {
    const push = createParser()
    expect(push('event: delta\ndata: {"content":"Hi"}\n')).toEqual([])
    expect(push('\n')).toEqual([{ event: 'delta', data: '{"content":"Hi"}' }])
  })

  it('names an event without a name `message`, and forgets the name of the one before', () => {
    expect(parse('event: a\ndata: 1\n\ndata: 2\n\n')).toEqual([
      { event: 'a', data: '1' },
      { event: 'message', data: '2' },
    ])
  })

  it('joins the lines of one event', () => {
    expect(parse('data: one\ndata:\ndata: two\n\n')).toEqual([{ event: 'message', data: 'one\n\ntwo' }])
  })

  it('takes away one space after the colon and no more', () => {
    expect(parse('data:  two\n\ndata:none\n\n').map(({ data }) => data)).toEqual([' two', 'none'])
  })

  it.each([
    ['LF', 'event: a\ndata: 1\n\ndata: 2\n\n'],
    ['CR LF', 'event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n'],
    ['CR', 'event: a\rdata: 1\r\rdata: 2\r\r'],
  ])('reads lines that end in %s, torn anywhere', (_name, text) => {
    const whole = [
      { event: 'a', data: '1' },
      { event: 'message', data: '2' },
    ]
    expect(parse(...text)).toEqual(whole)
    for (let at = 0; at <= text.length; at++) {
      expect(parse(text.slice(0, at), text.slice(at)), `torn at ${at}`).toEqual(whole)
    }
  })

  it('passes over comments, other fields and events without data', () => {
    expect(parse(': still here\n\nid: 7\nretry: 10\nevent: empty\n\ndata\n\n')).toEqual([
      { event: 'message', data: '' },
    ])
  })

  it('drops an event that is never ended', () => {
    expect(parse('data: whole\n\ndata: torn')).toEqual([{ event: 'message', data: 'whole' }])
  })
})

describe('reading a body', () => {
  function bodyOf(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
    return ReadableStream.from(pieces) as ReadableStream<Uint8Array>
  }

  async function read(body: ReadableStream<Uint8Array>): Promise<string[]> {
    const seen: string[] = []
    for await (const { data } of readEvents(body)) seen.push(data)
    return seen
  }

  it('reads characters that are torn between two pieces', async () => {
    const bytes = new TextEncoder().encode('data: été 🙂\n\n')
    const torn = [...bytes].map(byte => Uint8Array.of(byte))
    expect(await read(bodyOf(...torn))).toEqual(['été 🙂'])
  })

  it('ends the connection when its reader has enough', async () => {
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull: controller => controller.enqueue(new TextEncoder().encode('data: more\n\n')),
      cancel() {
        isCancelled = true
      },
    })
    for await (const { data } of readEvents(body)) {
      expect(data).toBe('more')
      break
    }
    expect(isCancelled).toBe(true)
  })
})
