import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { eventStream, type Send } from '../../../lib/http/event-stream.ts'

const COMMENT = ': still here\n\n'

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text()
}

it('tells events with and without a name, and texts as they are', async () => {
  const stream = eventStream(async send => {
    send({ event: 'delta', data: { content: 'a\nb' } })
    send({ data: '[DONE]' })
  })
  expect(await textOf(stream)).toBe(`${COMMENT}event: delta\ndata: {"content":"a\\nb"}\n\ndata: [DONE]\n\n`)
})

it('shows that it lives as long as nothing is told, and no longer', async () => {
  const stream = eventStream(async send => {
    await sleep(130)
    send({ data: '1' })
    for (let i = 0; i < 10; i++) {
      await sleep(10)
      send({ data: '2' })
    }
  }, 40)
  const text = await textOf(stream)
  const [silent = '', busy = ''] = text.split('data: 1')
  expect(silent.split(COMMENT).length - 1).toBeGreaterThanOrEqual(3)
  expect(busy.split(COMMENT).length - 1).toBeLessThanOrEqual(1)
})

it('lets its work go on when nobody listens any more, and writes nothing', async () => {
  const ended = Promise.withResolvers<void>()
  let tell: Send = () => {}
  const stream = eventStream(async send => {
    tell = send
    await ended.promise
  }, 5)
  await stream.cancel()
  tell({ data: 'unheard' })
  await sleep(20)
  ended.resolve()
  await sleep(0)
  tell({ data: 'later still' })
})
