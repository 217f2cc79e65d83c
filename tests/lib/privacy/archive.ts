import { buffer } from 'node:stream/consumers'
import { expect } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { GET } from '../../../api/app/export.ts'
import { origin } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'

export type Archive = {
  /** Content by path. */
  entries: Map<string, Buffer>
  /** The rows of `<name>.json`. */
  rows(name: string): Record<string, never>[]
  /** All that is not a file of the tenant's own. */
  text: string
}

export function requestExport({ session }: Pick<Tenant, 'session'>): Promise<Response> {
  return GET(new Request(`${origin}/api/app/export`, { headers: session }))
}

/** The whole export of an account, unpacked. */
export async function exportOf(tenant: Pick<Tenant, 'session'>): Promise<Archive> {
  const response = await requestExport(tenant)
  expect(response.status).toBe(200)
  return unpack(Buffer.from(await response.arrayBuffer()))
}

export async function unpack(zipped: Buffer): Promise<Archive> {
  const entries = new Map<string, Buffer>()
  const zip = await fromBufferPromise(zipped)
  for await (const entry of zip.eachEntry()) {
    expect(entries.has(entry.fileName), entry.fileName).toBe(false)
    entries.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)))
  }
  const own = [...entries].filter(([path]) => !path.startsWith('files/'))
  return {
    entries,
    rows: name => JSON.parse(entries.get(`${name}.json`)?.toString() ?? 'null'),
    text: own.map(([, content]) => content.toString()).join('\n'),
  }
}
