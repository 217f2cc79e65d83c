import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { type Db, type MongoClient, MongoServerError, Timestamp } from 'mongodb'
import { beforeAll, describe, expect, it } from 'vitest'
import { backUp, explained } from '../../../scripts/backup/back-up.ts'
import { restore } from '../../../scripts/backup/restore.ts'
import { runScript } from '../../helpers/run-script.ts'
import { contentsOf, ownDatabases, uriOf } from './databases.ts'

const databases = ownDatabases()
let client: MongoClient
let source: Db

beforeAll(async () => {
  client = await databases.client('source')
  source = client.db()
  await source.collection('boats').insertMany(Array.from({ length: 2_500 }, (_, n) => ({ n })))
  await backUp(client, databases.file('boats.gz'))
})

const backup = (file: string, uri = uriOf('source')) =>
  runScript('scripts/db-backup.ts', [databases.file(file)], { MONGODB_URI: uri })

describe('a backup', () => {
  it('never replaces a file', async () => {
    await writeFile(databases.file('precious'), 'precious')
    const { code, output } = await backup('precious')
    expect(code).toBe(1)
    expect(output).toMatch(/precious exists: a backup never replaces a file/)
    expect(await readFile(databases.file('precious'), 'utf8')).toBe('precious')
  })

  it('lets one of two at once have the file', async () => {
    const both = await Promise.all([backup('both.gz'), backup('both.gz')])
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1])
    expect((await readdir(databases.folder())).filter(name => name.startsWith('both'))).toEqual(['both.gz'])
  })

  it('leaves nothing when it is interrupted', async () => {
    const file = databases.file('interrupted.gz')
    await expect(backUp(client, file, AbortSignal.abort())).rejects.toThrow(/abort/)
    expect((await readdir(databases.folder())).filter(name => name.startsWith('interrupted'))).toEqual([])
  })

  it('tells nothing of the credentials that it is given', async () => {
    const uri = new URL(uriOf('source'))
    Object.assign(uri, { username: 'somebody', password: 'hunter2' })
    const { code, output } = await backup('none.gz', uri.href)
    expect(code).toBe(1)
    expect(output).toMatch(/^It failed\. Authentication failed/)
    expect(output).not.toMatch(/hunter2|somebody/)
    await expect(access(databases.file('none.gz'))).rejects.toThrow()
  })

  it('tells how it is used', async () => {
    const { code, output } = await runScript('scripts/db-backup.ts', [], { MONGODB_URI: uriOf('source') })
    expect(code).toBe(1)
    expect(output).toContain('Usage: npm run db:backup -- <file>')
  })

  it('says what helps when the snapshot is gone', async () => {
    const tooOld = new MongoServerError({ code: 239, message: 'Read timestamp is older than the oldest' })
    expect(explained(tooOld, 'x')).toHaveProperty('message', expect.stringMatching(/SnapshotHistoryWindow/))
    // From before there was this collection.
    const atClusterTime = Timestamp.fromBits(1, Math.floor(Date.now() / 1000) - 3_600)
    const find = { find: 'boats', readConcern: { level: 'snapshot', atClusterTime } }
    const changed = await source.command(find).catch(error => error)
    expect(explained(changed, 'x')).toHaveProperty('message', expect.stringMatching(/run it again/))
  })
})

describe('a restore', () => {
  it('leaves a database alone that is not empty', async () => {
    const target = (await databases.client('full')).db()
    await target.createCollection('other')
    const refused = await runScript('scripts/db-restore.ts', [databases.file('boats.gz')], {
      MONGODB_URI: uriOf('full'),
    })
    expect(refused.code).toBe(1)
    expect(refused.output).toMatch(/not empty: --drop empties it/)
    expect(Object.keys(await contentsOf(target))).toEqual(['other'])
  })

  it('empties it first with --drop', async () => {
    const target = (await databases.client('full')).db()
    await target.collection('other').insertOne({})
    await target.collection('boats').insertOne({ old: true })
    const done = await runScript('scripts/db-restore.ts', [databases.file('boats.gz'), '--drop'], {
      MONGODB_URI: uriOf('full'),
    })
    expect(done.code, done.output).toBe(0)
    expect(await contentsOf(target)).toEqual(await contentsOf(source))
  })

  it('says that the database is incomplete when it breaks off', async () => {
    const target = (await databases.client('half')).db()
    const signal = AbortSignal.abort(new Error('It was interrupted.'))
    const broken = restore(target, databases.file('boats.gz'), { signal })
    await expect(broken).rejects.toThrow('It was interrupted.\nThe database is incomplete')
  })

  it('is done by one of two at once', async () => {
    const target = (await databases.client('raced')).db()
    const file = databases.file('boats.gz')
    const both = await Promise.allSettled([restore(target, file), restore(target, file)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await contentsOf(target)).toEqual(await contentsOf(source))
  })
})
