import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'

const MiB = 1024 * 1024
const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'api-server.ts')

let child: ChildProcess
let url: string
beforeAll(async () => {
  child = fork(script, { env: { ...process.env, PORT: '0' }, execArgv: [] })
  const [message] = await once(child, 'message')
  url = (message as { url: string }).url
})
afterAll(async () => {
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

const SENT = 100
/** Garbage not yet collected comes and goes by tens of MiB; a file held whole would add all it has. */
const MOST_GROWTH = 64

/** The least growth over `level` in three rounds at most: when garbage is collected is chance. */
async function leastGrowth(level: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3 && least >= MOST_GROWTH; round++) {
    await forgetPeak()
    await work()
    least = Math.min(least, (await memory()).peak - level)
  }
  return least
}

describe.skipIf(process.platform !== 'linux')('memory of the server', () => {
  it('does not grow with the size of a file that is sent or fetched', async () => {
    const tenant = await freshTenant({ plan: 'enterprise' })
    for (let i = 0; i < 2; i++) await readWhole(tenant, (await sendFile(tenant, 40)).id)
    const warmed = (await memory()).now

    let id = ''
    const uploading = await leastGrowth(warmed, async () => {
      id = (await sendFile(tenant, SENT)).id
    })
    const downloading = await leastGrowth(warmed, async () => {
      expect(await readWhole(tenant, id)).toBe(SENT * MiB)
    })
    expect(uploading).toBeLessThan(MOST_GROWTH)
    expect(downloading).toBeLessThan(MOST_GROWTH)
  }, 120_000)
})
