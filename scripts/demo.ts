import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { tellStory } from './demo/story.ts'
import { broken, heading, waiting } from './demo/terminal.ts'
import { type DevInfo, devInfoOf, readDevInfo } from './dev/dev-file.ts'
import { loadEnvFiles } from './dev/env-files.ts'
import { type Stack, startStack } from './dev/stack.ts'
import { freePort } from './mongo/ports.ts'

/**
 * `npm run demo`: the main story against the running development server or, with none, against one of its own
 * with temporary data (`-- --built`: over what was built last, `--output FOLDER`: over another build's output). Exit
 * code 1 when a step is not as promised.
 */
const { values } = parseArgs({
  options: { built: { type: 'boolean', default: false }, output: { type: 'string' } },
})
const built =
  values.output ?? (values.built ? join(import.meta.dirname, '..', '.vercel', 'output') : undefined)
loadEnvFiles()
const running = built ? null : await runningServer()
const own = running ? null : await startOwn()
const info = running ?? (own && devInfoOf(own, null))
try {
  if (!info?.clerk || !info.polar)
    throw new Error(
      'The demo signs in and pays through the local stand-ins: unset the variables of the real services.',
    )
  await tellStory({ ...info, clerk: info.clerk, polar: info.polar })
  heading('Every step was as promised.')
} catch (error) {
  broken(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  await own?.stop()
}
process.exit()

async function runningServer(): Promise<DevInfo | null> {
  const found = await readDevInfo()
  const isUp =
    found &&
    (await fetch(`${found.url}/api/health`).then(
      ({ ok }) => ok,
      () => false,
    ))
  return isUp ? found : null
}

async function startOwn(): Promise<Stack> {
  const stopWaiting = waiting('starting a server with temporary data')
  const port = await freePort()
  const stack = await startStack({ port, built, onProgress: () => {} })
  stopWaiting()
  return stack
}
