import { embedContract, listModelsContract, visionContract } from '../lib/ai/contracts.ts'
import { describeImage } from '../lib/ai/describe-image.ts'
import { embedTexts } from '../lib/ai/embed-texts.ts'
import { listProviders } from '../lib/ai/providers.ts'
import { beginChat } from '../lib/chat/answer-chat.ts'
import { chatContract, stopContract } from '../lib/chat/contracts.ts'
import { stopAnswer } from '../lib/chat/stop-answer.ts'
import { byAction, ok, otherMethods, route, streamed } from '../lib/route.ts'
import { callFacts, type ModelCall } from '../lib/usage/call-facts.ts'

export const POST = byAction(
  route(chatContract, async ({ caller, query, body, meter, effectId }) => {
    const chat = await beginChat(caller, query.provider, body, effectId)
    const onSpent = (call: ModelCall) => meter(callFacts('chat', call))
    if (!body.stream) return ok(await chat.answer({ onSpent }))
    const sessionId = encodeURIComponent(chat.sessionId.toWellFormed())
    const names = { 'X-Conversation-Id': chat.conversationId, 'X-Session-Id': sessionId }
    return streamed(send => {
      const onDelta = (content: string) => send({ event: 'delta', data: { content } })
      return chat.answer({ onDelta, onSpent })
    }, names)
  }),
  route(stopContract, async ({ caller, query }) => {
    const stopped = await stopAnswer(caller, query)
    return ok({ conversationId: query.conversationId, stopped })
  }),
  route(embedContract, async ({ query, body, meter }) => {
    const { costUsd, ...answer } = await embedTexts(query.provider, body)
    const { provider } = query
    meter(callFacts('embed', { provider, ...answer, ...answer.usage, completionTokens: 0, costUsd }))
    return ok(answer)
  }),
  route(visionContract, async ({ caller, query, body, meter, effectId }) => {
    const { costUsd, model, ...seen } = await describeImage(caller, query.provider, body, effectId)
    meter(callFacts('vision', { provider: query.provider, model, ...seen.usage, costUsd }))
    return ok(seen)
  }),
)

export const GET = byAction(route(listModelsContract, async () => ok({ providers: listProviders() })))

export const { PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET, POST })
