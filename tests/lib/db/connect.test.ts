import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CommandStartedEvent } from 'mongodb'
import mongoose from 'mongoose'
import { describe, expect, it } from 'vitest'
import { connect, disconnect } from '../../../lib/db/connect.ts'
import { isDatabaseAway } from '../../../lib/db/faults.ts'
import { Feedback } from '../../../models/feedback.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** Runs module code in a process of its own, below the project's root, and gives what it prints. */
async function inProcess(code: string, settings: Record<string, string> = {}): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '-e', code],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '', ...settings } },
  )
  return JSON.parse(stdout)
}

async function commandsOf(work: () => Promise<unknown>): Promise<CommandStartedEvent['command'][]> {
  const client = (await connect()).getClient()
  const seen: CommandStartedEvent['command'][] = []
  const note = ({ command }: CommandStartedEvent) => seen.push(command)
  client.on('commandStarted', note)
  await work().finally(() => client.off('commandStarted', note))
  return seen
}

describe('the connection', () => {
  it('is one, however many ask for it at once', async () => {
    await disconnect()
    const [one, ...others] = await Promise.all(Array.from({ length: 20 }, connect))
    for (const other of others) expect(other).toBe(one)
    expect(one).toBe(mongoose.connection)
    expect(one?.readyState).toBe(1)
  })

  it('is opened once by a process that asks for it twenty times', async () => {
    const opened = await inProcess(`
      import { MongoClient } from 'mongodb'
      import { connect, disconnect } from './lib/db/connect.ts'
      let opened = 0
      const { connect: open } = MongoClient.prototype
      MongoClient.prototype.connect = function () { opened++; return open.call(this) }
      await Promise.all(Array.from({ length: 20 }, connect))
      await connect()
      await disconnect()
      console.log(opened)
    `)
    expect(opened).toBe(1)
  })

  it('stands on the one client of the process, also where that was opened first', async () => {
    const outcome = await inProcess(`
      import { MongoClient } from 'mongodb'
      import { openClient } from './lib/db/client.ts'
      let opened = 0
      const { connect: open } = MongoClient.prototype
      MongoClient.prototype.connect = function () { opened++; return open.call(this) }
      const [client, again] = await Promise.all([openClient(), openClient()])
      const { connect, disconnect } = await import('./lib/db/connect.ts')
      const connection = await connect()
      const isOne = client === again && connection.getClient() === client
      await disconnect()
      const anew = await connect()
      const isNew = anew.getClient() !== client && anew.getClient() === (await openClient())
      await disconnect()
      console.log(JSON.stringify({ isOne, isNew, opened }))
    `)
    expect(outcome).toEqual({ isOne: true, isNew: true, opened: 2 })
  })

  it('is found again by a second evaluation of its module', async () => {
    const same = await inProcess(`
      const first = await import('./lib/db/connect.ts')
      const second = await import('./lib/db/connect.ts?again')
      console.log(JSON.stringify(first !== second && (await first.connect()) === (await second.connect())))
      await second.disconnect()
    `)
    expect(same).toBe(true)
  })

  it('is tried anew after an attempt that failed', async () => {
    const outcome = await inProcess(
      `
      import { once } from 'node:events'
      import net from 'node:net'
      import { connect, disconnect } from './lib/db/connect.ts'
      const real = new URL(process.env.REAL_URI)
      const failures = await Promise.allSettled([connect(), connect()])
      const passage = net.createServer(client => {
        const database = net.connect(Number(real.port), real.hostname)
        client.pipe(database).pipe(client)
        for (const socket of [client, database]) socket.on('error', () => {})
      })
      passage.listen(new URL(process.env.MONGODB_URI).port, '127.0.0.1')
      await once(passage, 'listening')
      const { readyState } = await connect()
      await disconnect()
      passage.close()
      console.log(JSON.stringify([...failures.map(({ reason }) => reason.name), readyState]))
    `,
      {
        REAL_URI: process.env.MONGODB_URI ?? '',
        MONGODB_URI: `mongodb://127.0.0.1:${await unusedPort()}/none?directConnection=true`,
      },
    )
    expect(outcome).toEqual(['MongoServerSelectionError', 'MongoServerSelectionError', 1])
  })

  it('can be closed twice, and opened again', async () => {
    await disconnect()
    await disconnect()
    expect(mongoose.connection.readyState).toBe(0)
    await expect(Feedback.findOne()).rejects.toSatisfy(isDatabaseAway)
    expect((await connect()).readyState).toBe(1)
    await expect(Feedback.findOne()).resolves.toBeNull()
  })
})

describe('every command', () => {
  const feedback = { formType: 'demo', rating: 5 } as const

  it('reads what a majority has and waits until a majority has written', async () => {
    const commands = await commandsOf(async () => {
      const { _id } = await Feedback.create(feedback)
      await Feedback.findById(_id)
      await Feedback.updateOne({ _id }, { rating: 4 })
      await Feedback.findOneAndUpdate({ _id }, { rating: 3 })
      await Feedback.aggregate([{ $match: { _id } }])
      await Feedback.deleteOne({ _id })
    })
    const concerns = commands.map(command => ({
      name: Object.keys(command)[0],
      write: command.writeConcern?.w,
      read: command.readConcern?.level,
    }))
    expect(concerns).toEqual([
      { name: 'insert', write: 'majority' },
      { name: 'find', read: 'majority' },
      { name: 'update', write: 'majority' },
      { name: 'findAndModify', write: 'majority' },
      { name: 'aggregate', read: 'majority' },
      { name: 'delete', write: 'majority' },
    ])
  })

  it('refuses a filter by a field that no schema knows', async () => {
    await expect(Feedback.find({ nosuch: 1 } as never)).rejects.toThrow(/strictQuery/)
  })

  it('builds no index and no collection on its own', async () => {
    expect(mongoose.connection.config.autoIndex).toBe(false)
    expect(mongoose.connection.config.autoCreate).toBe(false)
  })
})

async function unusedPort(): Promise<number> {
  const { freePort } = await import('../../../scripts/mongo/ports.ts')
  return freePort()
}
