import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { config } from '../lib/config.ts'
import { consolePage } from './console/page.ts'
import { buildRouter } from './server/build-router.ts'
import { serveRouter } from './server/serve.ts'
import { sourceRouter } from './server/source-router.ts'

/**
 * The API as one process: `PORT` (0 picks a free one), `--built FOLDER` serves a build's output, not the source.
 * A malformed environment ends it at once. Tells a parent process its URL once ready. SIGTERM, SIGINT or the
 * parent's end stop it within 10 s, after what is under way is answered and stored.
 */
const { values } = parseArgs({ options: { built: { type: 'string' } } })
config()
const root = join(import.meta.dirname, '..')
const router = values.built ? await buildRouter(values.built) : await sourceRouter(root)
// Made for the sign-in of this run, which a development server chooses anew each time.
const pages = { '/console': consolePage(process.env.CLERK_PUBLISHABLE_KEY || undefined) }
const server = await serveRouter(router, Number(process.env.PORT ?? 3000), pages)
process.send?.({ url: server.url })
if (!process.send) console.log(`Listening on ${server.url}`)

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await server.close()
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
process.on('disconnect', stop)
