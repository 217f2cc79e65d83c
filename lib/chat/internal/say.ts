import {
  type Completion,
  type CompletionRequest,
  complete,
  type Streaming,
  streamCompletion,
  type TokenUsage,
} from '../../ai/complete.ts'
import { costOf } from '../../ai/prices.ts'
import type { Provider } from '../../ai/providers.ts'
import { estimateUsage } from '../../ai/usage.ts'

/** What a model said: all of it, or what there was when it was stopped or (then there is a `fault`) broke off. */
export type Said = {
  content: string
  model: string
  usage: TokenUsage
  costUsd: number
  isUnfinished: boolean
  fault: unknown
}

/** Who listens to an answer, and what stops it. */
export type Stream = Streaming

/**
 * Asks a model, piece by piece if somebody listens. Of a stream that ends early what was said stays.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput; all of them only if nothing was said
 */
export async function say(
  provider: Provider,
  request: CompletionRequest,
  stream: Stream | null,
): Promise<Said> {
  if (!stream) return whole(await complete(provider, request))
  const { signal } = stream
  let content = ''
  const onDelta = (piece: string) => {
    content += piece
    stream.onDelta(piece)
  }
  try {
    signal.throwIfAborted()
    return whole(await streamCompletion(provider, request, { onDelta, signal }))
  } catch (fault) {
    if (!signal.aborted && content === '') throw fault
    const model = request.model ?? provider.chatModel
    const usage = estimateUsage(request.messages, content)
    const costUsd = costOf(model, usage)
    return { content, model, usage, costUsd, isUnfinished: true, fault: signal.aborted ? undefined : fault }
  }
}

/** What a model says that was stopped before it was asked. */
export function silence(model: string): Said {
  const usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 }
  return { content: '', model, usage, costUsd: 0, isUnfinished: true, fault: undefined }
}

function whole(completion: Completion): Said {
  return { ...completion, isUnfinished: completion.isCut ?? false, fault: undefined }
}
