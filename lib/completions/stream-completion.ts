import type { OpenAI } from 'openai'
import { openChatStream } from '../ai/pass-through.ts'
import type { TenantCaller } from '../auth/caller.ts'
import type { Citation } from '../knowledge/grounding.ts'
import { counted, refunded, takeChatMessage } from '../limits/chat-quota.ts'
import type { Completion, CompletionBody } from './contracts.ts'
import type { AnsweredCompletion } from './create-completion.ts'
import { createAssembler } from './internal/assemble.ts'
import { createChunkUnmasker } from './internal/masking.ts'
import { type Prepared, prepare, type Target, targetOf } from './internal/prepare.ts'
import { spentOn } from './internal/spent.ts'

export type Chunk = OpenAI.ChatCompletionChunk & { citations?: Citation[] }

/** A completion that the provider has begun. */
export type BegunCompletion = {
  /** Call it once. Tells the chunks as they come; resolves to what they add up to. */
  tell(onChunk: (chunk: Chunk) => void): Promise<AnsweredCompletion>
}

/**
 * As `createCompletion`, for an answer that is told as it comes about. Resolves when the provider has taken the
 * request; when the stream breaks the message of the quota comes back too.
 */
export async function beginCompletion(
  caller: TenantCaller,
  body: CompletionBody,
  effectId: string | null,
): Promise<BegunCompletion> {
  const target = targetOf(body.model)
  const unit = await takeChatMessage(caller, effectId)
  const begun = await refunded(unit, begin(caller, target, body))
  const isUsageAsked = body.stream_options?.include_usage === true
  return { tell: onChunk => counted(unit, tell(begun, isUsageAsked, onChunk)) }
}

type Begun = { prepared: Prepared; chunks: AsyncIterable<OpenAI.ChatCompletionChunk> }

async function begin(caller: TenantCaller, target: Target, body: CompletionBody): Promise<Begun> {
  const prepared = await prepare(caller, target, body)
  return { prepared, chunks: await openChatStream(prepared.provider, prepared.body) }
}

async function tell(
  { prepared, chunks }: Begun,
  isUsageAsked: boolean,
  onChunk: (chunk: Chunk) => void,
): Promise<AnsweredCompletion> {
  const { masker, grounding } = prepared
  const citations = grounding && { citations: grounding.citations }
  let untold = citations
  const unmask = createChunkUnmasker(masker)
  const assembler = createAssembler()
  for await (const received of chunks) {
    const chunk = unmask(received)
    assembler.add(chunk)
    const isLast = Boolean(chunk.choices[0]?.finish_reason)
    const told = isUsageAsked ? chunk : withoutUsage(chunk)
    if (told) onChunk({ ...told, ...(isLast && untold) })
    if (isLast) untold = null
  }
  const whole = assembler.whole()
  const completion = { ...whole, ...citations } as unknown as Completion
  return { completion, spent: spentOn(prepared, whole) }
}

/** Null for a chunk that tells nothing else. */
function withoutUsage({ usage, ...chunk }: OpenAI.ChatCompletionChunk): OpenAI.ChatCompletionChunk | null {
  return usage && chunk.choices.length === 0 ? null : chunk
}
