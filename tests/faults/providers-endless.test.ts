import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { freshTenant } from '../helpers/tenant.ts'
import { type Asked, startUpstream } from '../lib/ai/upstream.ts'
import { CHAT_ENTRIES } from './providers-entries.ts'

const MIB = 1024 * 1024
/** What one answer may take, and what may be on its way beside it. */
const MOST_BYTES = 64 * MIB + 8 * MIB

type Entry = keyof typeof CHAT_ENTRIES
const CALLED = {
  choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(MIB) } }] } }],
}
const ANSWERS: Record<string, { type: string; first: string; more: string }> = {
  'a JSON': { type: 'application/json', first: '{"choices":[{"message":{"content":"', more: 'x'.repeat(MIB) },
  'a line': { type: 'text/event-stream', first: 'data: ', more: 'x'.repeat(MIB) },
  'a call of a tool': { type: 'text/event-stream', first: '', more: `data: ${JSON.stringify(CALLED)}\n\n` },
}

const sent = new Map<string, number>()
const { url } = await startUpstream(answer)
// Settings are read when the first request comes. The bound of bytes is to be met before that of time.
Object.assign(process.env, { OPENAI_BASE_URL: `${url}/v1`, AI_TIMEOUT_MS: '60000' })

/** Answers without an end, as fast as it is read, until nobody reads. */
async function answer(response: ServerResponse, { body }: Asked): Promise<void> {
  const asked = JSON.stringify(body)
  const name = Object.keys(ANSWERS).find(one => asked.includes(`<${one}>`)) ?? ''
  const { type = '', first = '', more = '' } = ANSWERS[name] ?? {}
  response.writeHead(200, { 'content-type': type })
  response.write(first)
  while (!response.destroyed) {
    sent.set(name, (sent.get(name) ?? 0) + more.length)
    if (!response.write(more)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
}

describe('an answer without an end is given up, whatever it is', () => {
  it.each<[keyof typeof ANSWERS, Entry]>([
    ['a JSON', 'chat'],
    ['a line', 'chat, streamed'],
    ['a call of a tool', 'completion, streamed'],
  ])('%s, for a %s', async (name, entry) => {
    const { code } = await CHAT_ENTRIES[entry](await freshTenant(), `<${name}>`)
    expect(code).toBe('provider_error')
    expect(sent.get(String(name))).toBeGreaterThan(60 * MIB)
    expect(sent.get(String(name))).toBeLessThan(MOST_BYTES)
  })
})
