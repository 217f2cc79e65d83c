import { join } from 'node:path'
import { expect, it } from 'vitest'
import { copyVendorFiles, SERVED_FILES } from '../../scripts/build.ts'
import { serveRouter } from '../../scripts/server/serve.ts'
import { sourceRouter } from '../../scripts/server/source-router.ts'
import { root } from '../helpers/run-script.ts'

const TIMES = 30

it('a page that loads while the libraries are placed again finds each of them', async () => {
  await copyVendorFiles()
  const server = await serveRouter(await sourceRouter(root), 0)
  let isPlacing = true
  const place = async () => {
    for (let time = 0; time < TIMES; time += 1) await copyVendorFiles()
    isPlacing = false
  }
  const statuses = new Set<number>()
  const load = async (file: string) => {
    while (isPlacing) {
      const answer = await fetch(`${server.url}${join('/vendor', file)}`)
      await answer.bytes()
      statuses.add(answer.status)
    }
  }
  await Promise.all([place(), ...SERVED_FILES.map(load)])
  await server.close()
  expect([...statuses]).toEqual([200])
})
