import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../../scripts/mongo/scratch.ts'
import {
  insert,
  names,
  occupy,
  pidOf,
  portOf,
  running,
  temporaryFolder,
  untilDead,
  withClient,
} from './helpers.ts'

test('a new database accepts a transaction at once', async () => {
  const { uri } = await running()
  expect(uri).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\/shop\?replicaSet=\w+$/)
  await withClient(uri, client =>
    client.withSession(session =>
      session.withTransaction(async () => {
        await client.db().collection('items').insertOne({ name: 'one' }, { session })
        await client.db().collection('items').insertOne({ name: 'two' }, { session })
      }),
    ),
  )
  expect(await names(uri)).toEqual(['one', 'two'])
})

test('a query without an index is refused, one with an index is not', async () => {
  const { uri } = await running()
  await withClient(uri, async client => {
    const items = client.db().collection('items')
    await items.insertOne({ name: 'one', colour: 'red' })
    await items.createIndex({ name: 1 })
    await expect(items.findOne({ colour: 'red' })).rejects.toThrow(/notablescan/i)
    expect(await items.findOne({ name: 'one' })).toMatchObject({ colour: 'red' })
  })
})

test('without a data folder nothing is left after stop, also when stopped twice', async () => {
  const folders = async () =>
    (await readdir(await scratchFolder())).filter(name => name.startsWith(`workflowai-mongo-${process.pid}-`))
  const before = await folders()
  const mongo = await running()
  const pid = await pidOf(mongo.uri)
  expect(await folders()).toHaveLength(before.length + 1)
  await Promise.all([mongo.stop(), mongo.stop()])
  expect(await folders()).toEqual(before)
  await untilDead(pid, 0)
})

test('data and address survive a stop', async () => {
  const folder = await temporaryFolder()
  const first = await running(folder)
  await insert(first.uri, 'kept')
  await first.stop()
  const second = await running(folder)
  expect(second.uri).toBe(first.uri)
  expect(await names(second.uri)).toEqual(['kept'])
})

test('data survive a changed port: the old one belongs to another database of the same name', async () => {
  const folder = await temporaryFolder()
  const first = await running(folder)
  await insert(first.uri, 'kept')
  await first.stop()
  const occupier = await occupy(portOf(first.uri), socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const second = await running(folder)
  expect(second.uri).not.toBe(first.uri)
  await insert(second.uri, 'more')
  expect(await names(second.uri)).toEqual(['kept', 'more'])
  occupier.close()
  await second.stop()
  expect((await running(folder)).uri).toBe(second.uri)
})

test('data survive kill -9 of mongod, on the same port and on another', async () => {
  const folder = await temporaryFolder()
  const first = await running(folder)
  await insert(first.uri, 'one')
  await kill(await pidOf(first.uri))
  const second = await running(folder)
  expect(second.uri).toBe(first.uri)
  await insert(second.uri, 'two')
  await kill(await pidOf(second.uri))
  await occupy(portOf(first.uri), socket => socket.destroy())
  const third = await running(folder)
  expect(third.uri).not.toBe(first.uri)
  expect(await names(third.uri)).toEqual(['one', 'two'])
})

test('a data folder that a live server uses is refused at once, and that server goes on', async () => {
  const folder = await temporaryFolder()
  const first = await running(folder)
  const started = Date.now()
  await expect(running(folder)).rejects.toThrow(`${folder} is in use by another running server`)
  expect(Date.now() - started).toBeLessThan(3_000)
  await insert(first.uri, 'still here')
  expect(await names(first.uri)).toEqual(['still here'])
})

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await untilDead(pid, 2_000)
}
