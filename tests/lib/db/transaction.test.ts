import { Schema } from 'mongoose'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineModel } from '../../../lib/db/define-model.ts'
import { isDuplicateKey } from '../../../lib/db/faults.ts'
import { inTransaction } from '../../../lib/db/transaction.ts'
import { commandsOf } from '../../helpers/commands.ts'

const schema = new Schema(
  { name: { type: String, required: true }, n: { type: Number, default: 0 } },
  { collection: 'transacted' },
)
schema.index({ name: 1 }, { unique: true })
const Item = defineModel('Transacted', schema, { owned: false })

const names = async () => (await Item.find().sort({ name: 1 }).lean()).map(({ name }) => name)

beforeEach(async () => {
  await Item.deleteMany()
})

describe('a transaction', () => {
  it('writes everything and gives what its work gives', async () => {
    const given = await inTransaction(async session => {
      await Item.create([{ name: 'a' }], { session })
      await Item.create([{ name: 'b' }], { session })
      return 42
    })
    expect(given).toBe(42)
    expect(await names()).toEqual(['a', 'b'])
  })

  it('writes nothing when its work fails, and fails with the same error', async () => {
    const fault = new Error('no')
    const failing = inTransaction(async session => {
      await Item.create([{ name: 'a' }], { session })
      await Item.updateOne({ name: 'a' }, { n: 1 }, { session })
      throw fault
    })
    await expect(failing).rejects.toBe(fault)
    expect(await names()).toEqual([])
  })

  it('shows nothing to others before its end', async () => {
    await inTransaction(async session => {
      await Item.create([{ name: 'a' }], { session })
      expect(await names()).toEqual([])
      expect(await Item.countDocuments({ name: 'a' }).session(session)).toBe(1)
    })
    expect(await names()).toEqual(['a'])
  })

  it('is left at once by a duplicate key, with nothing written', async () => {
    await Item.create({ name: 'b' })
    let runs = 0
    const start = performance.now()
    const failing = inTransaction(async session => {
      runs++
      await Item.create([{ name: 'a' }], { session })
      await Item.create([{ name: 'b' }], { session })
    })
    const error = await failing.catch((error: unknown) => error)
    expect(isDuplicateKey(error)).toBe(true)
    expect(runs).toBe(1)
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(await names()).toEqual(['b'])
  })

  it('loses no write of many that change one document at once', async () => {
    await Item.create({ name: 'counter' })
    let runs = 0
    await Promise.all(
      Array.from({ length: 12 }, () =>
        inTransaction(async session => {
          runs++
          const found = await Item.findOne({ name: 'counter' }).session(session).lean()
          await Item.updateOne({ name: 'counter' }, { n: (found?.n ?? 0) + 1 }, { session })
        }),
      ),
    )
    expect(await Item.findOne({ name: 'counter' }).lean()).toMatchObject({ n: 12 })
    expect(runs).toBeGreaterThan(12)
  })

  it('reads a snapshot and commits to a majority', async () => {
    const { connect } = await import('../../../lib/db/connect.ts')
    const client = (await connect()).getClient()
    const seen: Record<string, unknown>[] = []
    const note = ({ command }: { command: Record<string, unknown> }) => seen.push(command)
    client.on('commandStarted', note)
    await inTransaction(session => Item.create([{ name: 'a' }], { session }))
    client.off('commandStarted', note)
    expect(seen[0]).toMatchObject({ startTransaction: true, readConcern: { level: 'snapshot' } })
    expect(seen.at(-1)).toMatchObject({ commitTransaction: 1, writeConcern: { w: 'majority' } })
  })

  it('that only reads costs no commit of its own', async () => {
    const commands = await commandsOf(() => inTransaction(async () => 1))
    expect(commands).toEqual([])
  })
})
