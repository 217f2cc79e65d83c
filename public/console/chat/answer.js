import { Problem, send } from '../api.js'
import { readEvents } from '../sse.js'

/**
 * Asks a question and follows its answer as it comes about, until `signal` says not to. A question that is on its
 * way arrives all the same.
 * @param {{ message: string, conversationId?: string, knowledge: boolean, provider?: string, model?: string }} question
 * @param {{ onBegin(conversationId: string): void, onDelta(content: string): void, signal: AbortSignal }} options
 * @returns {Promise<object>} the whole answer, as it is without a stream
 * @throws Problem, of code `interrupted` when the connection breaks
 */
export async function streamAnswer({ provider, ...question }, { onBegin, onDelta, signal }) {
  const path = `/api/ai?action=chat${provider ? `&provider=${encodeURIComponent(provider)}` : ''}`
  const response = await send('POST', path, { json: { ...question, stream: true } })
  onBegin(response.headers.get('X-Conversation-Id'))
  try {
    for await (const { event, data } of readEvents(response.body, signal)) {
      if (event === 'delta') onDelta(JSON.parse(data).content)
      else if (event === 'completed') return JSON.parse(data)
      else if (event === 'error') throw new Problem(JSON.parse(data))
    }
  } catch (error) {
    if (error instanceof Problem || signal.aborted) throw error
  }
  throw new Problem({ code: 'interrupted' })
}
