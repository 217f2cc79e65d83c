import { mongo } from 'mongoose'
import { beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../lib/db/connect.ts'
import { call, expectStatus } from '../helpers/call.ts'
import { freshPerson } from './people.ts'
import { changedBetween, snapshotOf } from './snapshot.ts'
import { freshVictim, type Victim } from './victim.ts'

let victim: Victim
beforeAll(async () => {
  victim = await freshVictim()
})
const snapshot = () => snapshotOf(victim.tenant)

async function collection(name = '') {
  const { db } = await connect()
  if (!db) throw new Error('no database')
  return db.collection(name)
}

describe('the snapshot of a tenant', () => {
  it('holds what is kept of it in every collection', async () => {
    const kinds = new Set(Object.keys(await snapshot()).map(at => at.split(' ')[0]))
    const own = [
      'apikeys',
      'chatconversations',
      'knowledgechunks',
      'knowledgefiles',
      'usagecounters',
      'users',
    ]
    for (const name of [...own, 'files.files', 'files.chunks', 'polarevents']) expect(kinds).toContain(name)
  })

  it('notices any document of it that changes, goes or comes', async () => {
    const first = await snapshot()
    for (const at of Object.keys(first)) {
      const [name, id] = at.split(' ')
      const documents = await collection(name)
      const _id = new mongo.ObjectId(id)
      const stored = await documents.findOneAndUpdate({ _id }, { $set: { touched: true } })
      expect(changedBetween(first, await snapshot())).toEqual([at])
      await documents.deleteOne({ _id })
      expect(changedBetween(first, await snapshot())).toContain(at)
      await documents.insertOne(stored ?? {})
      expect(changedBetween(first, await snapshot())).toEqual([])
    }
    const { insertedId } = await (await collection('contacts')).insertOne({
      email: `not.${victim.tenant.email}`,
    })
    expect(changedBetween(first, await snapshot())).toEqual([`contacts ${insertedId}`])
  })

  it('does not move when a credential is used, nor when others do something', async () => {
    const first = await snapshot()
    expectStatus(await call('GET', '/api/app/me', { headers: victim.key }), 200)
    const { tenant } = await freshPerson()
    expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    expect(changedBetween(first, await snapshot())).toEqual([])
  })
})
