import { setTimeout as sleep } from 'node:timers/promises'
import { it } from 'vitest'
import type { Api } from '../helpers/api-process.ts'
import { fileForm } from '../helpers/files.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { CRASHES, CRASHES_TIMEOUT_MS, crashDuring, documentsOf, expectSound, recover } from './harness.ts'

/** About as long as a process takes for one round; before its least it is busy loading what uploads need. */
const ROUND_MS = { least: 200, most: 3_000 }

const textOf = (passages: number, mark: string) =>
  Array.from({ length: passages }, (_, i) => `${mark} ${i} ${'padding '.repeat(150)}.`).join('\n')

/** Uploads a short text, a long one and one that cannot be read, all at once; waits until they are ingested. */
async function uploadSome(api: Api, { session }: Tenant, round: number): Promise<void> {
  const contents = [`Round ${round}.`, textOf(220, `Round ${round} line`), Buffer.from([0x28, 0x81])]
  const upload = async (content: string | Uint8Array, index: number) => {
    const body = fileForm(content, `round-${round}-${index}.txt`)
    const response = await fetch(`${api.url}/api/files`, { method: 'POST', headers: session, body })
    const { id } = (await response.json()) as { id: string }
    while ((await api.get(`/api/files/${id}`, session)).body.status === 'processing') await sleep(50)
  }
  await Promise.all(contents.map(upload))
}

it(
  `a process killed ${CRASHES} times while it uploads and ingests leaves nothing half done`,
  async () => {
    const tenants = await Promise.all([
      freshTenant({ plan: 'enterprise' }),
      freshTenant({ plan: 'enterprise' }),
    ])
    const moments: number[] = []
    for (let round = 0; round < CRASHES; round++) {
      const [tenant] = round % 2 === 0 ? tenants : tenants.toReversed()
      if (!tenant) throw new Error('no tenant')
      const { least, most } = ROUND_MS
      const afterMs = Math.round(least + (most - least) * Math.random())
      moments.push(afterMs)
      await crashDuring(api => uploadSome(api, tenant, round), afterMs)
    }
    console.log(`killed after ${moments.join(', ')} ms; left: ${JSON.stringify(await statuses())}`)
    await recover()
    await expectSound(tenants)
    console.log(`at the end: ${JSON.stringify(await statuses())}`)
  },
  CRASHES_TIMEOUT_MS,
)

/** How many files there are of each status. */
async function statuses(): Promise<Record<string, number>> {
  const files = await (await documentsOf('knowledgefiles')).find({}, { projection: { status: 1 } }).toArray()
  const counts: Record<string, number> = {}
  for (const { status } of files) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
