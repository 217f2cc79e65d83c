import type { Contestant } from '../lib/contestant.ts'
import { floorKeys } from '../lib/floor-keys.ts'
import type { Call } from '../lib/load.ts'
import { atLeast, atMost, type Part, type Table } from '../lib/part.ts'
import { alternate } from '../lib/rounds.ts'
import { type StreamFigures, streams } from '../lib/streams.ts'
import { chatCalls, startChats, wireCalls } from './chat/start.ts'
import { withCpu } from './chat/with-cpu.ts'

const UPSTREAM = 'the provider itself'
const FLOOR = 'floor: key, pieces passed on as they come, two inserts after the answer'
const OURS = 'POST /api/ai?action=chat with stream'
/** The provider is asked while their message is being counted. */
const UNLIMITED = `${OURS}, messages unlimited`

/** How the provider tells its answer: 20 chunks, one per 5 ms, or 100 without a pause. */
const PACED = 'paced-20-5'
const BURST = 'paced-100-0'
/** How long 16 clients pause at the most before each stream: about as long as one takes. */
const THINKING_MS = 100

type Figures = StreamFigures & { cpuMs: number }
type Found = Record<string, Figures>

/** A streamed chat: how far behind the provider its first words are, and how many streams go on at once. */
export const streaming: Part = {
  name: 'streaming',
  about: 'a streamed answer with an API key, told by a provider on this machine',
  async run(stage, options) {
    const { upstream, floor, api, tenants } = await startChats(stage)
    const keys = await floorKeys(stage, tenants.length)
    const unlimited = await stage.tenants(1, ['chatMessages'])
    const measure = (pace: string, clients: number, isBeside: boolean, pauseMs = 0) => {
      const timed = { clients, seconds: options.seconds, pauseMs }
      const asked = { model: pace, stream: true }
      const inWireForm = wireCalls(keys, asked)
      const direct = inWireForm.map(call => ({ ...call, path: '/v1/chat/completions' }))
      const [ours, oursUnlimited] = [chatCalls(tenants, asked), chatCalls(unlimited, asked)]
      const told = (contestant: Contestant, calls: Call[]) => () =>
        withCpu(contestant, () => streams(contestant.url, calls, timed))
      return alternate<Figures>(
        {
          ...(isBeside && { [UPSTREAM]: told(upstream, direct) }),
          [FLOOR]: told(floor, inWireForm),
          [OURS]: told(api, ours),
          ...(clients === 1 && { [UNLIMITED]: told(api, oursUnlimited) }),
        },
        options,
      )
    }
    const behind = (found: Found, contestant = OURS) =>
      (found[contestant]?.firstMs ?? NaN) - (found[UPSTREAM]?.firstMs ?? NaN)
    const besideFloor = (found: Found) => (found[OURS]?.perSecond ?? NaN) / (found[FLOOR]?.perSecond ?? NaN)
    // One client alone comes last: its few streams would all meet code that has hardly run yet.
    const many = await measure(PACED, 64, false)
    const burst = await measure(BURST, 64, false)
    const few = await measure(PACED, 16, true, THINKING_MS)
    const alone = await measure(PACED, 1, true)
    const rows = [
      ...rowsOf(alone, PACED, 1),
      ...rowsOf(few, PACED, 16),
      ...rowsOf(many, PACED, 64),
      ...rowsOf(burst, BURST, 64),
    ]
    return {
      tables: [{ title: 'Streams', columns: COLUMNS, rows }],
      targets: [
        atMost(5, 'streaming-first-byte-c1', behind(alone), 'ms behind the provider'),
        atMost(5, 'streaming-first-byte-c1-unlimited', behind(alone, UNLIMITED), 'ms behind the provider'),
        atMost(15, 'streaming-first-byte-c16', behind(few), 'ms behind the provider'),
        atLeast(0.7, 'streaming-c64', besideFloor(many), 'x floor'),
        atLeast(0.7, 'streaming-burst-c64', besideFloor(burst), 'x floor'),
      ],
    }
  },
}

const COLUMNS = [
  'contestant',
  'answer',
  'clients',
  'streams/s',
  'x floor',
  'first text p50 ms',
  'p99 ms',
  'whole p50 ms',
  'CPU ms each',
]

function rowsOf(found: Found, pace: string, clients: number): Table['rows'] {
  const floor = found[FLOOR]?.perSecond ?? NaN
  return Object.entries(found).map(([name, { perSecond, firstMs, firstP99Ms, totalMs, cpuMs }]) => [
    name,
    pace,
    clients,
    perSecond,
    perSecond / floor,
    firstMs,
    firstP99Ms,
    totalMs,
    cpuMs,
  ])
}
