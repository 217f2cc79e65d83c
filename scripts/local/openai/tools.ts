import { randomUUID } from 'node:crypto'
import type { OpenAI } from 'openai'
import { minimalValue } from './json.ts'
import { type ChatRequest, type Message, type Tool, textOf } from './requests.ts'

export type ToolCall = OpenAI.ChatCompletionMessageFunctionToolCall

/**
 * The calls that the model answers with: of the tool it must call, or of those that the question names. None
 * when the tools have just been called, or are not to be.
 */
export function toolCallsFor(request: ChatRequest, question: string): ToolCall[] {
  const { messages, parallel_tool_calls } = request
  if (messages.at(-1)?.role === 'tool') return []
  const called = toolsToCall(request, question)
  const calls = called.map(({ function: { name, parameters } }) => ({
    id: `call_${randomUUID().replaceAll('-', '')}`,
    type: 'function' as const,
    function: { name, arguments: JSON.stringify(minimalValue(parameters ?? {}, question) ?? {}) },
  }))
  return parallel_tool_calls === false ? calls.slice(0, 1) : calls
}

function toolsToCall({ tools = [], tool_choice = 'auto' }: ChatRequest, question: string): Tool[] {
  if (tool_choice === 'none') return []
  if (typeof tool_choice !== 'string')
    return tools.filter(tool => tool.function.name === tool_choice.function.name)
  const named = tools.filter(tool => question.includes(tool.function.name))
  return named.length === 0 && tool_choice === 'required' ? tools.slice(0, 1) : named
}

/** What the tools answered that were called last; undefined when something was said since. */
export function toolAnswers(messages: readonly Message[]): string | undefined {
  const last = messages.findLastIndex(({ role }) => role !== 'tool')
  const answers = messages.slice(last + 1)
  return answers.length > 0 ? answers.map(textOf).join(' ') : undefined
}
