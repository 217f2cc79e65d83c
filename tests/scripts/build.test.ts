import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { copyVendorFiles } from '../../scripts/build.ts'
import { writeConsolePage } from '../../scripts/console/page.ts'
import { root } from '../helpers/run-script.ts'

const FILES = ['vendor/preact/preact.js', 'vendor/swagger-ui/swagger-ui-bundle.js', 'console/index.html']
const TIMES = 30

async function build(): Promise<void> {
  await copyVendorFiles()
  await writeConsolePage(process.env.CLERK_PUBLISHABLE_KEY)
}

it('a page that loads while the files are made anew finds each of them whole', async () => {
  await build()
  const read = () => Promise.all(FILES.map(file => readFile(join(root, 'public', file), 'utf8')))
  const whole = (await read()).map(({ length }) => length)
  let isBuilding = true
  const builds = async () => {
    for (let time = 0; time < TIMES; time += 1) await build()
    isBuilding = false
  }
  const seen = new Set<string>()
  const reads = async () => {
    while (isBuilding) seen.add(JSON.stringify((await read()).map(({ length }) => length)))
  }
  await Promise.all([builds(), reads()])
  expect([...seen]).toEqual([JSON.stringify(whole)])
})
