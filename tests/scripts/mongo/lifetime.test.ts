import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isAlive } from '../../../scripts/mongo/processes.ts'
import { scratchFolder } from '../../../scripts/mongo/scratch.ts'
import {
  holder,
  insert,
  mongodPid,
  names,
  pidOf,
  running,
  temporaryFolder,
  untilDead,
  withClient,
} from './helpers.ts'

test('mongod ends soon after its parent is killed', async () => {
  const folder = await temporaryFolder()
  const { child } = await holder(folder)
  const mongod = await mongodPid(folder)
  expect(isAlive(mongod)).toBe(true)
  child.kill('SIGKILL')
  await untilDead(mongod, 6_000)
})

test('a restart right after the parent was killed waits for the old mongod and has its data', async () => {
  const folder = await temporaryFolder()
  const { child, uri } = await holder(folder)
  await insert(uri, 'kept')
  child.kill('SIGKILL')
  const next = await running(folder)
  expect(next.uri).toBe(uri)
  expect(await names(next.uri)).toEqual(['kept'])
}, 15_000)

test("the terminal's Ctrl+C does not reach mongod", async () => {
  const folder = await temporaryFolder()
  const { pid, uri } = await holder(folder)
  const mongod = await mongodPid(folder)
  process.kill(-pid, 'SIGINT')
  await sleep(1_500)
  expect(isAlive(mongod)).toBe(true)
  await insert(uri, 'after Ctrl+C')
})

test('the temporary folder of a killed process is removed by the next start', async () => {
  const { child, uri } = await holder()
  const mongod = await pidOf(uri)
  const folder = await withClient(uri, async client => {
    const { parsed } = await client.db('admin').command({ getCmdLineOpts: 1 })
    return String(parsed.storage.dbPath)
  })
  expect(folder.startsWith(join(await scratchFolder(), 'workflowai-mongo-'))).toBe(true)
  child.kill('SIGKILL')
  await untilDead(mongod, 6_000)
  await running()
  await expect(stat(folder)).rejects.toThrow('ENOENT')
}, 15_000)
