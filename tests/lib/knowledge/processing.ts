import type { mongo } from 'mongoose'
import { Types } from 'mongoose'
import { expect } from 'vitest'
import { codedIds, documentsOf } from '../../crashes/harness.ts'
import { expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import type { Tenant } from '../../helpers/tenant.ts'

/** A text that is cut into exactly so many passages, each of which tells its number. */
export function textOf(passages: number): string {
  return Array.from({ length: passages }, (_, i) => `Chapter${i} ${'padding '.repeat(180)}.`).join('\n')
}

/** Begins an upload, which goes on in the background; resolves to the file's id. */
export async function beginUpload(
  tenant: Tenant,
  content: string,
  fields: Record<string, string> = {},
): Promise<string> {
  const body = fileForm(content, 'text.txt', 'text/plain', fields)
  const uploaded = await tenant.call('POST', '/api/files', { body })
  expectStatus(uploaded, 201)
  return uploaded.body.id
}

export async function rowOf(fileId: string): Promise<mongo.Document> {
  const files = await documentsOf('knowledgefiles')
  const row = await files.findOne({ _id: idOf(fileId) })
  if (!row) throw new Error(`there is no file ${fileId}`)
  return row
}

export async function changeRow(fileId: string, fields: object): Promise<void> {
  await (await documentsOf('knowledgefiles')).updateOne({ _id: idOf(fileId) }, { $set: fields })
}

/** The file as it lies there after its process ended in the midst of its ingestion, and the lease is over. */
export async function abandon(fileId: string): Promise<void> {
  await changeRow(fileId, { leaseUntil: new Date(Date.now() - 1) })
}

/** Asserts that the file has these many passages, each once and with its code. */
export async function expectStored(fileId: string, passages: number): Promise<void> {
  const found = (await documentsOf('knowledgechunks')).find({ fileId: idOf(fileId) })
  const chunks = await found.sort({ index: 1 }).toArray()
  expect(chunks.map(({ index }) => index)).toEqual(Array.from({ length: passages }, (_, i) => i))
  const runs = await (await documentsOf('knowledgecodes')).find({ fileId: idOf(fileId) }).toArray()
  expect(codedIds(runs)).toEqual(chunks.map(({ _id }) => String(_id)))
}

function idOf(fileId: string): Types.ObjectId {
  return new Types.ObjectId(fileId)
}
