import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { Contestant } from '../lib/contestant.ts'
import { medians } from '../lib/figures.ts'
import { atLeast, atMost, type Options, type Part } from '../lib/part.ts'
import { alternate } from '../lib/rounds.ts'
import type { Stage } from '../lib/stage.ts'
import type { BenchTenant } from '../lib/tenants.ts'
import { fetchBody, send } from './files/http.ts'

const MiB = 1024 * 1024
const FILE_MIB = 64
const FLOOR = 'floor: the driver’s GridFS stream, from and to memory'
const PIPED = 'bare http piped to and from the driver’s GridFS stream'
const OURS = 'POST /api/files and GET /api/files/{id}/content'

/** Somewhere that files are stored, read and removed. */
type Shelf = {
  server: Contestant
  store(): Promise<string>
  read(id: string, receive?: (piece: Buffer) => void): Promise<unknown>
  remove(id: string): Promise<unknown>
}

/** Speed in MiB/s, and the server's CPU time per file. */
type Speed = { up: number; upCpuMs: number; down: number; downCpuMs: number }

/** Files through the whole API, beside the driver alone at the same chunk size and write concern. */
export const files: Part = {
  name: 'files',
  about: `a file of ${FILE_MIB} MiB is uploaded and downloaded, by one client`,
  async run(stage, options) {
    const [tenant] = await stage.tenants(1)
    if (!tenant) throw new Error('no tenant')
    const pieces = Array.from({ length: FILE_MIB }, () => randomBytes(MiB))
    const api = await stage.startApi()
    const ours = apiShelf(api, tenant, pieces)
    const CHUNK_BYTES = String(await provenChunkBytes(stage, ours, pieces))
    const floor = await stage.startFloor('files.ts', { CHUNK_BYTES, FILE_BYTES: String(FILE_MIB * MiB) })
    const memory = await memoryGrowth(await stage.startApi(), tenant, pieces)
    const shelves = { [FLOOR]: fromMemory(floor), [PIPED]: overHttp(floor, pieces), [OURS]: ours }
    const measures = Object.entries(shelves).map(([name, shelf]) => [name, () => speedOf(shelf, options)])
    const found: Record<string, Speed> = await alternate(Object.fromEntries(measures), options)
    const [least, own] = [found[FLOOR], found[OURS]]
    if (!least || !own) throw new Error('nothing was measured')
    const rows = Object.entries(found).map(([name, { up, upCpuMs, down, downCpuMs }]) => {
      return [name, up, up / least.up, upCpuMs, down, down / least.down, downCpuMs]
    })
    return {
      tables: [
        { title: `${FILE_MIB} MiB in chunks of ${Number(CHUNK_BYTES) / 1024} KiB`, columns: COLUMNS, rows },
        {
          title: 'Resident memory of the API while one file passes, in MiB',
          columns: ['before', 'uploading', 'downloading'],
          rows: [[memory.before, memory.uploading, memory.downloading]],
        },
      ],
      targets: [
        atLeast(0.6, 'files-upload', own.up / least.up, 'x floor'),
        atLeast(0.7, 'files-download', own.down / least.down, 'x floor'),
        atMost(32, 'files-memory', Math.max(memory.uploading, memory.downloading) - memory.before, 'MiB'),
      ],
    }
  },
}

const COLUMNS = [
  'contestant',
  'up MiB/s',
  'x floor',
  'server CPU ms',
  'down MiB/s',
  'x floor',
  'server CPU ms',
]

const FORM_HEAD =
  '--edge\r\nContent-Disposition: form-data; name="file"; filename="bench.bin"\r\n' +
  'Content-Type: application/octet-stream\r\n\r\n'

function apiShelf(server: Contestant, { headers }: BenchTenant, pieces: readonly Buffer[]): Shelf {
  const url = `${server.url}/api/files`
  const type = { 'Content-Type': 'multipart/form-data; boundary=edge' }
  const form = [Buffer.from(FORM_HEAD), ...pieces, Buffer.from('\r\n--edge--\r\n')]
  return {
    server,
    store: async () =>
      (JSON.parse(await send('POST', url, { ...headers, ...type }, form)) as { id: string }).id,
    read: (id, receive) => fetchBody(`${url}/${id}/content`, headers, receive),
    remove: id => send('DELETE', `${url}/${id}`, headers),
  }
}

function fromMemory(server: Contestant): Shelf {
  return {
    server,
    store: () => send('PUT', `${server.url}/memory`),
    read: id => send('POST', `${server.url}/memory/${id}`),
    remove: id => send('DELETE', `${server.url}/${id}`),
  }
}

function overHttp(server: Contestant, pieces: readonly Buffer[]): Shelf {
  return {
    ...fromMemory(server),
    store: () => send('PUT', `${server.url}/http`, {}, pieces),
    read: id => fetchBody(`${server.url}/http/${id}`, {}),
  }
}

/** Stores one file and reads it back to see that it is the same. Gives the chunk size it is stored in. */
async function provenChunkBytes(stage: Stage, shelf: Shelf, pieces: readonly Buffer[]): Promise<number> {
  const id = await shelf.store()
  const stored = await (await stage.client()).db('bench').collection('files.files').findOne({})
  const [sent, received] = [createHash('sha256'), createHash('sha256')]
  for (const piece of pieces) sent.update(piece)
  await shelf.read(id, piece => received.update(piece))
  if (sent.digest('hex') !== received.digest('hex'))
    throw new Error('what was downloaded is not what was sent')
  await shelf.remove(id)
  return Number(stored?.chunkSize)
}

/** Stores, reads and removes one file after the other for as long as one measurement lasts. */
async function speedOf(shelf: Shelf, { seconds }: Pick<Options, 'seconds'>): Promise<Speed> {
  const until = performance.now() + seconds * 1000
  const passes: Speed[] = []
  do {
    let id = ''
    const up = await timeOf(shelf, async () => {
      id = await shelf.store()
    })
    const down = await timeOf(shelf, () => shelf.read(id))
    await shelf.remove(id)
    passes.push({ up: up.speed, upCpuMs: up.cpuMs, down: down.speed, downCpuMs: down.cpuMs })
  } while (performance.now() < until)
  return medians(passes)
}

async function timeOf({ server }: Shelf, work: () => Promise<unknown>) {
  const [cpu, start] = [await server.cpuMs(), performance.now()]
  await work()
  const ms = performance.now() - start
  return { speed: (FILE_MIB * 1000) / ms, cpuMs: (await server.cpuMs()) - cpu }
}

/** Of a process that has had one small file before: what it holds then, and the most it holds while a large one passes. */
async function memoryGrowth(server: Contestant, tenant: BenchTenant, pieces: readonly Buffer[]) {
  const small = apiShelf(server, tenant, pieces.slice(0, 1))
  const large = apiShelf(server, tenant, pieces)
  const first = await small.store()
  await small.read(first)
  const before = await server.rssMiB()
  let id = ''
  const uploading = await peakOf(server, async () => {
    id = await large.store()
  })
  const downloading = await peakOf(server, () => large.read(id))
  await server.stop()
  return { before, uploading, downloading }
}

/** The most that a process held resident during `work`: the kernel keeps count from when it is told to forget. */
async function peakOf({ pid }: Contestant, work: () => Promise<unknown>): Promise<number> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  await work()
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024
}
