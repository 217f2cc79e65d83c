import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { copyVendorFiles } from './build.ts'
import { seedDemoTenant } from './dev/demo-tenant.ts'
import { devFile, devInfoOf, localDir } from './dev/dev-file.ts'
import { loadEnvFiles } from './dev/env-files.ts'
import { environmentFile, writeEnvironmentFile } from './dev/environment-file.ts'
import { whenParentEnds } from './dev/parent.ts'
import { requireFreePort } from './dev/port.ts'
import { startStack } from './dev/stack.ts'
import { writePrivateFile } from './lib/whole-file.ts'

/** `npm run dev [-- --fresh]`: everything a developer needs, on loopback, data kept in `.local/`. */
const { values } = parseArgs({ options: { fresh: { type: 'boolean', default: false } } })
loadEnvFiles()
const port = Number(process.env.PORT || 3000)
const say = (message: string) => console.log(`  ${message}`)
const keyFile = join(localDir, 'demo-key.json')

await requireFreePort(port)
if (values.fresh) await rm(localDir, { recursive: true, force: true })
await removeFiles()
await copyVendorFiles()
const stack = await startStack({
  port,
  dataDir: join(localDir, 'mongo'),
  polarFile: join(localDir, 'polar.json'),
  watch: true,
  onProgress: say,
})

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  say('Stopping')
  await removeFiles()
  await stack.stop()
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
whenParentEnds(stop)

const demo = stack.services.clerk && (await seedDemoTenant(stack.url, stack.services.clerk, keyFile))
await writeEnvironmentFile(stack)
await writePrivateFile(devFile, JSON.stringify(devInfoOf(stack, demo), null, 2))

console.log(`
  WorkFlowAI is running at ${stack.url}
  Reference:  ${stack.url}/docs
  Console:    ${stack.url}/console
  Watch the whole story in a second terminal:  npm run demo
`)
if (demo)
  console.log(`  Try it:\n\n  curl ${stack.url}/api/app/me -H "Authorization: Bearer ${demo.apiKey}"\n`)

/** What tells others about this server, true only while it runs. */
async function removeFiles(): Promise<void> {
  await Promise.all([devFile, environmentFile].map(file => rm(file, { force: true })))
}
