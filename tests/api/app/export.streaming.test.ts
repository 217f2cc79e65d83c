import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandStartedEvent } from 'mongodb'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { log } from '../../../lib/log.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { serveApi } from '../../helpers/events.ts'
import { fileForm, uploadAndWait } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

const MiB = 1024 * 1024
const path = '/api/app/export'
/** Far below the 100 that are exported; garbage that nobody looked for yet is part of it. */
const MOST_GROWTH = 80

/** Tells the database commands of this process as they are sent. */
async function watchCommands() {
  const client = (await connect()).getClient()
  const commands: string[] = []
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (!['endSessions', 'hello', 'ping'].includes(commandName))
      commands.push(`${commandName} ${command.collection ?? command[commandName]}`)
  }
  client.on('commandStarted', note)
  return { commands, stop: () => client.off('commandStarted', note) }
}

/** Many rows that no compression makes small. */
async function manyLogs({ clerkId }: Tenant, count: number): Promise<void> {
  const row = () => {
    const metadata = { noise: randomBytes(3_000).toString('base64') }
    return { clerkId, endpoint: '/api/ai', method: 'POST' as const, status: 200, metadata }
  }
  await UsageLog.insertMany(Array.from({ length: count }, row))
}

describe('a client that goes away in the middle of an export', () => {
  it.each(['rows', 'a file'])(
    'ends all reading: of %s',
    async what => {
      const tenant = await freshTenant({ plan: 'enterprise' })
      if (what === 'rows') await manyLogs(tenant, 4_000)
      else
        await uploadAndWait(tenant, fileForm(randomBytes(24 * MiB), 'noise.bin', 'application/octet-stream'))
      await background.drain()
      const server = await serveApi()
      const logged = vi.spyOn(log(), 'error')
      const left = new AbortController()
      const target = what === 'rows' ? 'usagelogs' : 'files.chunks'
      const { commands, stop } = await watchCommands()
      const seen = (command: string) => commands.filter(one => one.startsWith(command)).length
      const until = (command: string) => vi.waitFor(() => expect(seen(command)).toBeGreaterThan(0), 15_000)
      const response = await fetch(`${server.url}${path}`, { headers: tenant.session, signal: left.signal })
      await response.body?.getReader().read()
      await until(`getMore ${target}`)
      await sleep(500)
      left.abort()
      await until('killCursors')
      await sleep(200)
      const untilThen = commands.length
      await sleep(500)
      stop()
      expect(commands.slice(untilThen)).toEqual([])
      expect(seen(`getMore ${target}`)).toBeLessThan(what === 'rows' ? 15 : 10)
      expect(logged).not.toHaveBeenCalledWith(expect.anything(), 'an archive broke off')
      logged.mockRestore()
      await server.close()
    },
    60_000,
  )
})

describe.skipIf(process.platform !== 'linux')('memory of the server', () => {
  let child: ChildProcess | undefined
  afterAll(async () => {
    if (!child) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  })

  it('does not grow with the size of what is exported, however slowly it is fetched', async () => {
    const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'api-server.ts')
    child = fork(script, { env: { ...process.env, PORT: '0' }, execArgv: [] })
    const [{ url }] = (await once(child, 'message')) as [{ url: string }]
    const { pid } = child
    const memory = async (name: string) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024
    }
    const fetchSlowly = async ({ session }: Tenant) => {
      const response = await fetch(`${url}${path}`, { headers: session })
      await sleep(1_500)
      let bytes = 0
      for await (const piece of response.body ?? []) bytes += piece.byteLength
      return bytes
    }
    const [small, large] = [await freshTenant(), await freshTenant({ plan: 'enterprise' })]
    await uploadAndWait(small, fileForm(randomBytes(MiB), 'noise.bin', 'application/octet-stream'))
    for (let n = 0; n < 8; n++)
      await uploadAndWait(large, fileForm(randomBytes(10 * MiB), 'noise.bin', 'application/octet-stream'))
    await manyLogs(large, 5_000)
    await fetchSlowly(small)
    const before = await memory('VmRSS')
    await writeFile(`/proc/${pid}/clear_refs`, '5')
    expect(await fetchSlowly(large)).toBeGreaterThan(90 * MiB)
    const growth = (await memory('VmHWM')) - before
    console.log('memory grew by MiB', growth)
    expect(growth).toBeLessThan(MOST_GROWTH)
  }, 120_000)
})
