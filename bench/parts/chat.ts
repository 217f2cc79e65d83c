import type { Contestant } from '../lib/contestant.ts'
import { floorKeys } from '../lib/floor-keys.ts'
import { type Call, load } from '../lib/load.ts'
import { atLeast, type Part } from '../lib/part.ts'
import { alternate } from '../lib/rounds.ts'
import { chatCalls, startChats, wireCalls } from './chat/start.ts'
import { withCpu } from './chat/with-cpu.ts'

const CLIENTS = 16
const FLOOR = 'floor: bare http and driver, key, question passed on, two inserts after the answer'
const OURS = 'POST /api/ai?action=chat, a new conversation each'
const ONE = 'the same, all of one tenant'
const COMPLETIONS = 'POST /api/v1/chat/completions'

/** A chat that is not streamed: key, plan, quota, the conversation stored, usage logged. */
export const chat: Part = {
  name: 'chat',
  about: 'a question with an API key, answered at once by a provider on this machine',
  async run(stage, options) {
    const { floor, api, tenants } = await startChats(stage)
    const timed = { clients: CLIENTS, seconds: options.seconds }
    const measure = (contestant: Contestant, calls: Call[]) => () =>
      withCpu(contestant, () => load(contestant.url, calls, timed))
    const keys = await floorKeys(stage, tenants.length)
    const senders = tenants.map(({ headers }) => headers)
    const found = await alternate(
      {
        [FLOOR]: measure(floor, wireCalls(keys)),
        [OURS]: measure(api, chatCalls(tenants)),
        [ONE]: measure(api, chatCalls(tenants.slice(0, 1))),
        [COMPLETIONS]: measure(api, wireCalls(senders, {}, '/api/v1/chat/completions')),
      },
      options,
    )
    const least = found[FLOOR]?.perSecond ?? NaN
    const rows = Object.entries(found).map(([name, { perSecond, p50Ms, p99Ms, cpuMs }]) => {
      return [name, perSecond, perSecond / least, p50Ms, p99Ms, cpuMs]
    })
    const columns = ['contestant', 'answers/s', 'x floor', 'p50 ms', 'p99 ms', 'CPU ms each']
    const ours = (found[OURS]?.perSecond ?? NaN) / least
    return {
      tables: [{ title: `Chats, ${CLIENTS} clients`, columns, rows }],
      targets: [atLeast(0.7, `chat-c${CLIENTS}`, ours, 'x floor')],
    }
  },
}
