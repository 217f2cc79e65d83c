import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

/** Waits for work in a process that stands still longer than a database may be silent. */
const STALLED = `
  import { connect, disconnect } from './lib/db/connect.ts'
  import { unlessSilent } from './lib/db/silence.ts'
  await connect()
  const began = performance.now()
  const work = new Promise(resolve => setTimeout(resolve, 6_500, 'done'))
  const answer = unlessSilent(work, () => began).catch(error => error.name)
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_500), 100)
  console.log(await answer)
  await disconnect()
`

it('a process that stood still itself does not take its database for silent', {
  timeout: 40_000,
}, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '-e', STALLED],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } },
  )
  expect(stdout.trim()).toBe('done')
})
