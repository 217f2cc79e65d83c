import { type RunningServer, serveRouter } from '../../scripts/server/serve.ts'
import { sourceRouter } from '../../scripts/server/source-router.ts'
import { root } from './run-script.ts'

export type Told = { event: string | undefined; data: ReturnType<typeof JSON.parse>; at: number }

/** The API of this process on a port: what is streamed arrives as it does at a browser. */
export async function serveApi(): Promise<RunningServer> {
  return serveRouter(await sourceRouter(root), 0)
}

/** Reads server-sent events as they arrive; comments are told as events named `:`. */
export async function* readEvents(response: Response): AsyncGenerator<Told> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true })
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      yield parse(text.slice(0, end))
      text = text.slice(end + 2)
    }
  }
}

/** All events of a response but the comments. */
export async function allEvents(response: Response): Promise<Told[]> {
  return restOf(readEvents(response))
}

function parse(block: string): Told {
  const at = performance.now()
  if (block.startsWith(':')) return { event: ':', data: block, at }
  const [, event] = /^event: (.*)$/m.exec(block) ?? []
  const [, data = ''] = /^data: (.*)$/m.exec(block) ?? []
  return { event, data: /^[[{]/.test(data) && data !== '[DONE]' ? JSON.parse(data) : data, at }
}

/** The events that are still to come, but the comments. */
export async function restOf(events: AsyncIterable<Told>): Promise<Told[]> {
  const told: Told[] = []
  for await (const event of events) if (event.event !== ':') told.push(event)
  return told
}

/** What the deltas say together. */
export function textOf(events: readonly Told[]): string {
  return events.flatMap(({ event, data }) => (event === 'delta' ? [data.content] : [])).join('')
}
