import { createHash } from 'node:crypto'
import type { CommandStartedEvent } from 'mongodb'
import { expect } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { readCounters } from '../../../lib/limits/counters.ts'
import { User } from '../../../models/user.ts'
import { type Answer, expectStatus, origin } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import type { Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

const COLLECTIONS = [
  'knowledgefiles',
  'knowledgechunks',
  'knowledgecodes',
  'files.files',
  'files.chunks',
] as const

export async function collection(name: (typeof COLLECTIONS)[number]) {
  const { db } = await connect()
  if (!db) throw new Error('no database')
  return db.collection(name)
}

/** How many documents of files, passages, codes and bytes the database holds, and what a tenant is charged for. */
export async function snapshot({ clerkId }: Tenant): Promise<Record<string, number>> {
  const counts = await Promise.all(
    COLLECTIONS.map(async name => [name, await (await collection(name)).countDocuments({})] as const),
  )
  const { files, bytes } = await readCounters(clerkId)
  return { ...Object.fromEntries(counts), 'charged files': files, 'charged bytes': bytes }
}

/** Runs `work` and asserts that it leaves no file, no byte, no passage and no charge behind. */
export async function leavingNothing<T>(tenant: Tenant, work: () => Promise<T>): Promise<T> {
  await background.drain()
  const before = await snapshot(tenant)
  const result = await work()
  await background.drain()
  expect(await snapshot(tenant)).toEqual(before)
  return result
}

/** Asserts that what a tenant is charged for is what is stored of its uploads. */
export async function expectExactCharge({ clerkId }: Tenant): Promise<void> {
  const stored = await (await collection('knowledgefiles')).find({}).toArray()
  const own = stored.filter(({ uploadedBy }) => uploadedBy === clerkId)
  const bytes = own.reduce((sum, { size }) => sum + Number(size), 0)
  const { files, bytes: charged } = await readCounters(clerkId)
  expect({ files, bytes: charged }).toEqual({ files: own.length, bytes })
}

/** Uploads a file and resolves to its view once it is ready or failed. */
export async function upload(
  tenant: Tenant,
  content: string | Uint8Array,
  name?: string,
  type?: string,
  fields?: Record<string, string>,
): Promise<Answer['body']> {
  const form = fileForm(content, name, type, fields)
  const uploaded = await tenant.call('POST', '/api/files', { body: form })
  expectStatus(uploaded, 201)
  await background.drain()
  const read = await tenant.call('GET', `/api/files/${uploaded.body.id}`)
  expectStatus(read, 200)
  return read.body
}

type Part = { disposition: string; type?: string; content?: string | Uint8Array }

/** A multipart body written by hand, for what no well-behaved client would send. */
export function rawForm(parts: Part[], { closed = true } = {}) {
  const boundary = 'edge-of-part'
  const pieces = parts.flatMap(({ disposition, type, content = '' }) => [
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`,
    type ? `Content-Type: ${type}\r\n\r\n` : '\r\n',
    content,
    '\r\n',
  ])
  const body = Buffer.concat(
    [...pieces, closed ? `--${boundary}--\r\n` : ''].map(piece => Buffer.from(piece)),
  )
  return { body, headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` } }
}

/** A stream that cannot tell its length. */
export function streamed(bytes: Uint8Array, pieceBytes = 64 * 1024): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      if (sent >= bytes.byteLength) return controller.close()
      controller.enqueue(bytes.subarray(sent, sent + pieceBytes))
      sent += pieceBytes
    },
  })
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n')
export const DOCX_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
/** The head of a zip archive whose one entry says nothing of its kind. */
export const ZIP = Buffer.from(
  'UEsDBBQAAAAAAAAAIQCGphA2BQAAAAUAAAAFAAAAYS50eHRoZWxsb1BLAQIUABQAAAAAAAAAIQCGphA2BQAAAAUAAAAFAAAAAAAAAAAAAAAAAAAAAABhLnR4dFBLBQYAAAAAAQABADMAAAAoAAAAAAA=',
  'base64',
)

/** The download of a file with its bytes as they are. */
export async function download(
  { session }: Pick<Tenant, 'session'>,
  fileId: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const { GET } = await import('../../../api/files/[id]/content.ts')
  const url = `${origin}/api/files/${fileId}/content`
  const response = await GET(new Request(url, { headers: { ...session, ...headers } }))
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

/** Gives a tenant limits of its own. */
export async function setLimits({ clerkId }: Tenant, limits: Record<string, number>): Promise<void> {
  await User.updateOne({ clerkId }, { $set: { limits } })
}

/** Runs `work` at the moment the first such database command of this process is sent. */
export async function atCommand(name: string, target: string, work: () => void): Promise<void> {
  const client = (await connect()).getClient()
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (commandName !== name || command[name] !== target) return
    client.off('commandStarted', note)
    work()
  }
  client.on('commandStarted', note)
}
