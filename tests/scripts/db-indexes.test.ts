import { MongoClient } from 'mongodb'
import { afterAll, expect, it } from 'vitest'
import { runScript } from '../helpers/run-script.ts'

const uri = new URL(process.env.TEST_MONGODB_URI ?? '')
uri.pathname = '/db_indexes_script'
const client = new MongoClient(uri.href)
const db = client.db()
afterAll(async () => {
  await db.dropDatabase()
  await client.close()
})

const sync = () => runScript('scripts/db-indexes.ts', [], { MONGODB_URI: uri.href })

it('creates what is missing, again changes nothing, and reports what it leaves alone', async () => {
  const first = await sync()
  expect(first.code, first.output).toBe(0)
  expect(first.output).toContain('created    users  clerkId:1')
  const again = await sync()
  expect(again).toEqual({ code: 0, output: '0 created, 0 different, 0 undeclared\n' })

  await db.collection('users').dropIndex('clerkId_1')
  await db.collection('users').createIndex({ clerkId: 1 })
  await db.collection('users').createIndex({ nobody: 1 })
  const changed = await sync()
  expect(changed.code).toBe(1)
  expect(changed.output).toContain('differs    users  clerkId:1')
  expect(changed.output).toContain('undeclared users  nobody_1')
  const names = (await db.collection('users').indexes()).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['clerkId_1', 'nobody_1']))
}, 60_000)

it('gives contacts and demo requests from before the search their terms, once', async () => {
  const person = { name: 'Jean', email: 'jean@example.com', company: 'Example' }
  await db.collection('contacts').insertOne({ ...person })
  await db.collection('demorequests').insertOne({ ...person })
  expect((await sync()).output).toContain('1 contacts and 1 demo requests can be searched from now on')
  expect((await sync()).output).not.toContain('searched')
  expect(await db.collection('contacts').findOne({ searchTerms: 'jean' })).toMatchObject(person)
}, 60_000)

it('names the setting it lacks', async () => {
  const { code, output } = await runScript('scripts/db-indexes.ts')
  expect(code).not.toBe(0)
  expect(output).toContain('MONGODB_URI')
}, 60_000)
