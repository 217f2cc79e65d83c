import { createCompletionContract } from '../../../lib/completions/contracts.ts'
import { type AnsweredCompletion, createCompletion } from '../../../lib/completions/create-completion.ts'
import { beginCompletion } from '../../../lib/completions/stream-completion.ts'
import { ok, otherMethods, route, streamed } from '../../../lib/route.ts'
import { callFacts } from '../../../lib/usage/call-facts.ts'

export const POST = route(createCompletionContract, async ({ caller, body, meter, effectId }) => {
  const metered = ({ completion, spent }: AnsweredCompletion) => {
    meter(callFacts('chat', spent))
    return completion
  }
  if (!body.stream) return ok(metered(await createCompletion(caller, body, effectId)))
  const begun = await beginCompletion(caller, body, effectId)
  return streamed(async send => metered(await begun.tell(chunk => send({ data: chunk }))))
})

export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
