import { Types } from 'mongoose'
import { beforeEach, expect, it } from 'vitest'
import { AuditEntry } from '../../../models/audit-entry.ts'

const actorId = new Types.ObjectId()
const _id = new Types.ObjectId()
const filter = { actorId }
const update = { $set: { note: 'It was not me' } }
const stored = () => AuditEntry.find({ actorId }).lean()

beforeEach(async () => {
  if ((await stored()).length > 0) return
  const target = { type: 'user', id: new Types.ObjectId() }
  await AuditEntry.create({ _id, actorId, action: 'user.suspended', target, note: 'Spam' })
})

it.each<[string, () => unknown]>([
  ['updateOne', () => AuditEntry.updateOne(filter, update)],
  ['updateMany', () => AuditEntry.updateMany(filter, update)],
  ['replaceOne', () => AuditEntry.replaceOne(filter, { actorId })],
  ['findOneAndUpdate', () => AuditEntry.findOneAndUpdate(filter, update)],
  ['findByIdAndUpdate', () => AuditEntry.findByIdAndUpdate(_id, update)],
  ['findOneAndReplace', () => AuditEntry.findOneAndReplace(filter, { actorId })],
  ['deleteOne', () => AuditEntry.deleteOne(filter)],
  ['deleteMany', () => AuditEntry.deleteMany(filter)],
  ['findOneAndDelete', () => AuditEntry.findOneAndDelete(filter)],
  ['findByIdAndDelete', () => AuditEntry.findByIdAndDelete(_id)],
  ['bulkWrite', () => AuditEntry.bulkWrite([{ updateOne: { filter, update } }])],
  ['bulkSave', async () => AuditEntry.bulkSave([await changed()])],
  ['save', async () => (await changed()).save()],
  ['deleteOne of a document', async () => (await changed()).deleteOne()],
  ['updateOne of a document', async () => (await changed()).updateOne(update)],
  ['upserting updateOne', () => AuditEntry.updateOne(filter, update, { upsert: true })],
])('refuses %s', async (_name, work) => {
  const before = await stored()
  expect(before).toHaveLength(1)
  await expect((async () => work())()).rejects.toThrow(/only ever added to/)
  expect(await stored()).toEqual(before)
})

async function changed() {
  const entry = await AuditEntry.findById(_id)
  if (!entry) throw new Error('no entry')
  entry.note = 'It was not me'
  return entry
}
