import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { noS3Server, startS3 } from '../../helpers/s3-server.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'

const MiB = 1024 * 1024
const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'api-server.ts')

const s3 = noS3Server ? null : await startS3()
if (noS3Server) console.warn(`S3 is left out: ${noS3Server}`)
afterAll(() => s3?.stop())

let child: ChildProcess
let url: string
async function start(environment: Record<string, string>): Promise<void> {
  child = fork(script, { env: { ...process.env, ...environment, PORT: '0' }, execArgv: [] })
  const [message] = await once(child, 'message')
  url = (message as { url: string }).url
}
afterEach(async () => {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
})

/** Megabytes of the server: what it holds now, and the most it held since `forgetPeak`. */
async function memory(): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

const forgetPeak = () => writeFile(`/proc/${child.pid}/clear_refs`, '5')

async function sendFile({ session }: Tenant, megabytes: number): Promise<{ id: string; sha256: string }> {
  const hash = createHash('sha256')
  async function* body() {
    yield Buffer.from('--edge\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n')
    for (let sent = 0; sent < megabytes * 16; sent++) {
      const piece = randomBytes(MiB / 16)
      hash.update(piece)
      yield piece
    }
    yield Buffer.from('\r\n--edge--\r\n')
  }
  const headers = { ...session, 'Content-Type': 'multipart/form-data; boundary=edge' }
  const stream = ReadableStream.from(body())
  const response = await fetch(`${url}/api/files`, {
    method: 'POST',
    headers,
    body: stream,
    duplex: 'half',
  } as RequestInit)
  expect(response.status).toBe(201)
  const file = (await response.json()) as { id: string; sha256: string }
  expect(file.sha256).toBe(hash.digest('hex'))
  return file
}

async function readWhole({ session }: Tenant, id: string): Promise<number> {
  const response = await fetch(`${url}/api/files/${id}/content`, { headers: session })
  let bytes = 0
  for await (const piece of response.body ?? []) bytes += piece.byteLength
  return bytes
}

/** A file held whole would add the 40 it has, and garbage that nobody looks for far more. */
const MOST_GROWTH = 32

/** How far the server's memory rose during `work` over what it was before. */
async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const { now } = await memory()
  await forgetPeak()
  await work()
  return (await memory()).peak - now
}

describe.skipIf(process.platform !== 'linux')('memory of the server', () => {
  it.each([
    ['the database', { STORAGE_PROVIDER: 'mongodb_gridfs' }],
    ...(s3 ? [['a bucket', s3.environment] as const] : []),
  ] as const)(
    'does not grow with the size of a file that is sent to %s or fetched',
    async (_where, environment) => {
      await start(environment)
      const tenant = await freshTenant({ plan: 'enterprise' })
      await readWhole(tenant, (await sendFile(tenant, 1)).id)
      let id = ''
      const growth = {
        sending: await growthOf(async () => {
          id = (await sendFile(tenant, 40)).id
        }),
        fetching: await growthOf(() => readWhole(tenant, id)),
        again: await growthOf(() => sendFile(tenant, 100)),
      }
      console.log('memory grew by MiB', growth)
      for (const mebibytes of Object.values(growth)) expect(mebibytes).toBeLessThan(MOST_GROWTH)
    },
    120_000,
  )
})
