import {
  type CompletionRequest,
  complete,
  estimateUsage,
  type Streaming,
  streamCompletion,
  type TokenUsage,
} from '../../ai/complete.ts'
import { costOf } from '../../ai/prices.ts'
import type { Provider } from '../../ai/providers.ts'

/** What a model said: all of it, or what there was when it was stopped or (then there is a `fault`) broke off. */
export type Said = {
  content: string
  model: string
  usage: TokenUsage
  costUsd: number
  isUnfinished: boolean
  fault: unknown
}

/**
 * Asks a model, piece by piece if somebody listens. Of a stream that ends early what was said stays.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput; all of them only if nothing was said
 */
export async function say(
  provider: Provider,
  request: CompletionRequest,
  listener: Streaming | null,
): Promise<Said> {
  if (!listener) return whole(await complete(provider, request))
  const { signal } = listener
  let content = ''
  const onDelta = (piece: string) => {
    content += piece
    listener.onDelta(piece)
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

function whole(completion: Omit<Said, 'isUnfinished' | 'fault'>): Said {
  return { ...completion, isUnfinished: false, fault: undefined }
}
