import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, type Part } from '../lib/part.ts'
import { streams } from '../lib/streams.ts'
import { chatCalls, startChats } from './chat/start.ts'

const STREAMS = 64
/** An answer of about six seconds, so that all are under way at once. */
const LONG = 'paced-200-30'
const SETTLED_MS = 3_000
const LOOK_MS = 100

/** What an instance takes of memory, after one chat and with many streams under way. */
export const memory: Part = {
  name: 'memory',
  about: 'resident memory of one instance',
  async run(stage) {
    const { api, tenants } = await startChats(stage)
    await sleep(SETTLED_MS)
    const idle = await api.rssMiB()
    const [most, ended] = [{ mib: idle }, new AbortController()]
    const watching = watch(async () => {
      most.mib = Math.max(most.mib, await api.rssMiB())
    }, ended.signal)
    await streams(api.url, chatCalls(tenants, { model: LONG, stream: true }), {
      clients: STREAMS,
      seconds: 1,
    })
    ended.abort()
    await watching
    const added = most.mib - idle
    return {
      tables: [
        {
          title: 'Memory',
          columns: ['when', 'MiB'],
          rows: [
            ['idle, after a chat', idle],
            [`the most while ${STREAMS} answers were streamed`, most.mib],
          ],
        },
      ],
      targets: [
        atMost(200, 'memory-idle', idle, 'MiB'),
        atMost(64, 'memory-streams', added, `MiB more with ${STREAMS} streams`),
      ],
    }
  },
}

async function watch(look: () => Promise<void>, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await look()
    await sleep(LOOK_MS)
  }
}
