import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../../scripts/mongo/ports.ts'

/** Linux takes from here on for connections and for whoever asks for any port; other systems from 49152. */
const GIVEN_OUT_FROM = 32_768

test('a port is none that the system gives to others before it is used', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
  expect(Math.max(...ports)).toBeLessThan(GIVEN_OUT_FROM)
  expect(Math.min(...ports)).toBeGreaterThan(1_024)
})

test('the preferred port is taken while it is free, else another', async () => {
  const preferred = await freePort()
  expect(await freePort(preferred)).toBe(preferred)
  const server = createServer().listen(preferred, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  expect(await freePort(preferred)).not.toBe(preferred)
})
