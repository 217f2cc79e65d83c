import { expect, test } from 'vitest'
import { insert, names, occupy, portOf, running, temporaryFolder } from './helpers.ts'

// Takes half a minute: mongod itself waits 30 s for the silent program.
test('data survive even when a silent program has the old port', async () => {
  const folder = await temporaryFolder()
  const first = await running(folder)
  await insert(first.uri, 'kept')
  await first.stop()
  await occupy(portOf(first.uri), () => {})
  const second = await running(folder)
  expect(await names(second.uri)).toEqual(['kept'])
}, 60_000)
