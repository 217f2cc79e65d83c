import { answerChat } from '../lib/chat/answer-chat.ts'
import { chatContract } from '../lib/chat/contracts.ts'
import { byAction, ok, otherMethods, route } from '../lib/route.ts'

export const POST = byAction(
  route(chatContract, async ({ caller, query, body, meter, effectId }) => {
    const { costUsd, ...answer } = await answerChat(caller, query.provider, body, effectId)
    const { promptTokens, completionTokens } = answer.usage
    meter({
      action: 'chat',
      model: answer.model,
      promptTokens,
      completionTokens,
      tokens_used: answer.usage.totalTokens,
      costUsd,
    })
    return ok(answer)
  }),
)

export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
