import type { PromptMessage } from '../../ai/complete.ts'
import { countTokens, estimateTokens, fewestTokens } from '../../ai/tokens.ts'
import { groundingPrompt } from '../../knowledge/grounding.ts'
import type { Hit } from '../../knowledge/search.ts'

type Turn = { role: 'user' | 'assistant'; content: string }

type PromptParts = {
  system: string | undefined
  passages: Hit[]
  history: Turn[]
  question: string
}

/** A longer prompt costs more than the old messages in it are worth. */
const MAX_PROMPT_TOKENS = 32_000
/** Room for an answer whose length the caller does not bound. */
const ANSWER_TOKENS = 4_096
/** What marks a message's beginning, end and role. */
const MESSAGE_TOKENS = 4

/**
 * Tokens that a prompt may take of a model's context, so that an answer of `maxTokens` has room in it; however
 * long an answer may get, half of the context is for the prompt.
 */
export function contextBudget(contextTokens: number, maxTokens: number | undefined): number {
  const answer = Math.min(maxTokens ?? Math.min(ANSWER_TOKENS, contextTokens / 4), contextTokens / 2)
  return Math.min(contextTokens - answer, MAX_PROMPT_TOKENS)
}

/**
 * What the model is sent, within a budget in tokens: instructions with the passages to cite, the history, the
 * question. The system text and the question always stay; passages, best first, may take half of what they
 * leave, unless all fits; the history, newest first, what remains. Gives the passages that are sent: no other
 * may be cited.
 */
export async function fitPrompt(
  parts: PromptParts & { budget: number },
): Promise<{ messages: PromptMessage[]; passages: Hit[] }> {
  const { system, passages, history, question, budget } = parts
  const kept = system === undefined ? [question] : [system, question]
  const listed = listedApart(passages)
  const newestFirst = history.map(({ content }) => [content]).toReversed()
  const fitsWhole = total([...kept, ...listed, ...newestFirst.flat()], estimateTokens) <= budget
  if (fitsWhole) return { messages: toMessages(parts), passages }

  // Counted twice, so that they take half of what is left.
  const shown = await howManyFit(
    budget,
    kept,
    listed.map(text => [text, text]),
  )
  const told = await howManyFit(budget, [...kept, ...listed.slice(0, shown)], newestFirst)
  const sent = passages.slice(0, shown)
  const recent = history.slice(history.length - told)
  return { messages: toMessages({ system, passages: sent, history: recent, question }), passages: sent }
}

/** What each passage adds to the instructions; the first one also what introduces them all. */
function listedApart(passages: Hit[]): string[] {
  const upTo = (count: number) => (count === 0 ? '' : groundingPrompt(passages.slice(0, count)))
  return passages.map((_, index) => upTo(index + 1).slice(upTo(index).length))
}

/** How many candidates, in order, fit a budget beside what is kept; the first that does not ends it. */
async function howManyFit(budget: number, kept: string[], candidates: string[][]): Promise<number> {
  let counted = 0
  let uncounted = kept
  for (const [index, candidate] of candidates.entries()) {
    uncounted = [...uncounted, ...candidate]
    if (counted + total(uncounted, estimateTokens) <= budget) continue
    if (counted + total(uncounted, fewestTokens) > budget) return index
    for (const text of uncounted) counted += (await countTokens(text)) + MESSAGE_TOKENS
    if (counted > budget) return index
    uncounted = []
  }
  return candidates.length
}

function total(texts: string[], tokensOf: (text: string) => number): number {
  return texts.reduce((sum, text) => sum + tokensOf(text) + MESSAGE_TOKENS, 0)
}

function toMessages({ system, passages, history, question }: PromptParts): PromptMessage[] {
  const grounding = passages.length > 0 ? groundingPrompt(passages) : undefined
  const instructions = [system, grounding].filter(part => part !== undefined)
  return [
    ...(instructions.length > 0 ? [{ role: 'system' as const, content: instructions.join('\n\n') }] : []),
    ...history.map(({ role, content }) => ({ role, content })),
    { role: 'user', content: question },
  ]
}
