import { Schema } from 'mongoose'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineModel } from '../../../lib/db/define-model.ts'
import { afterCommit, inTransaction } from '../../../lib/db/transaction.ts'

const schema = new Schema({ name: { type: String, required: true } }, { collection: 'after_commit' })
schema.index({ name: 1 }, { unique: true })
const Item = defineModel('AfterCommit', schema, { owned: false })

let seen: number[] = []
/** Notes how many documents others see. */
const look = async () => {
  seen.push(await Item.countDocuments({ name: 'a' }))
}

beforeEach(async () => {
  await Item.deleteMany()
  seen = []
})

describe('afterCommit', () => {
  it('waits for the end of the outermost transaction', async () => {
    await inTransaction(async session => {
      await inTransaction(async inner => {
        await afterCommit(look)
        await Item.create([{ name: 'a' }], { session: inner })
      })
      await afterCommit(look)
      expect(session.inTransaction()).toBe(true)
      expect(seen).toEqual([])
    })
    expect(seen).toEqual([1, 1])
  })

  it('may begin a transaction of its own', async () => {
    await inTransaction(() =>
      afterCommit(() =>
        inTransaction(async session => void (await Item.create([{ name: 'a' }], { session }))),
      ),
    )
    await look()
    expect(seen).toEqual([1])
  })

  it('does nothing after a transaction that failed', async () => {
    const failing = inTransaction(async () => {
      await afterCommit(look)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(seen).toEqual([])
  })

  it('does it once for work that ran twice', async () => {
    let attempts = 0
    await inTransaction(async session => {
      attempts += 1
      await afterCommit(look)
      await Item.updateOne({ name: 'a' }, { name: 'a' }, { session, upsert: true })
      // Another writer comes in between once: the server has the transaction run again.
      if (attempts === 1) await conflict()
    })
    expect(attempts).toBe(2)
    expect(seen).toEqual([1])
  })

  it('does it at once outside of a transaction', async () => {
    await afterCommit(look)
    expect(seen).toEqual([0])
  })
})

/** Fails as a write does that another transaction was faster with. */
async function conflict(): Promise<void> {
  const { mongo } = await import('mongoose')
  const error = new mongo.MongoError('write conflict')
  error.addErrorLabel('TransientTransactionError')
  throw error
}
