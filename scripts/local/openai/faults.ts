import { type ChatRequest, chatFields, type Message, textOf } from './requests.ts'

type Fault = { path: (string | number)[]; message: string }

/** A chat request that OpenAI takes. */
export const chatInput = chatFields.superRefine((request, context) => {
  for (const { path, message } of faultsOf(request)) context.addIssue({ code: 'custom', path, message })
})

/** What OpenAI refuses in a request whose fields are each well formed. */
function faultsOf(request: ChatRequest): Fault[] {
  const { tools, tool_choice, parallel_tool_calls, stream, stream_options, response_format } = request
  const faults = request.messages.flatMap((message, at) => messageFaults(message, at))
  faults.push(...unansweredCalls(request.messages), ...strayAnswers(request.messages))
  const refuse = (isWrong: boolean, name: string, message: string) =>
    isWrong && faults.push({ path: [name], message })
  refuse(!tools && tool_choice !== undefined, 'tool_choice', 'only allowed when tools are specified')
  refuse(
    !tools && parallel_tool_calls !== undefined,
    'parallel_tool_calls',
    'only allowed when tools are specified',
  )
  const wanted = typeof tool_choice === 'object' ? tool_choice.function.name : undefined
  const isKnown = tools?.some(tool => tool.function.name === wanted) ?? false
  refuse(wanted !== undefined && !isKnown, 'tool_choice', 'no such tool')
  refuse(!stream && Boolean(stream_options), 'stream_options', 'only allowed when stream is enabled')
  const saysJson = request.messages.some(message => /json/i.test(textOf(message)))
  refuse(
    response_format?.type === 'json_object' && !saysJson,
    'messages',
    "must contain the word 'json' in some form, to use 'response_format' of type 'json_object'",
  )
  return faults
}

function messageFaults({ role, content, tool_calls, tool_call_id }: Message, at: number): Fault[] {
  if (role === 'tool' && tool_call_id === undefined)
    return [{ path: ['messages', at, 'tool_call_id'], message: 'required' }]
  const isSilent = content === null || content === undefined
  const mayBeSilent = role === 'assistant' && tool_calls !== undefined
  return isSilent && !mayBeSilent ? [{ path: ['messages', at, 'content'], message: 'expected a string' }] : []
}

/** Each call of a tool needs its answer right behind it. */
function unansweredCalls(messages: readonly Message[]): Fault[] {
  return messages.flatMap(({ tool_calls = [] }, at) => {
    const next = messages.findIndex(({ role }, position) => position > at && role !== 'tool')
    const answered = messages
      .slice(at + 1, next === -1 ? undefined : next)
      .map(({ tool_call_id }) => tool_call_id)
    return tool_calls.every(({ id }) => answered.includes(id))
      ? []
      : [
          {
            path: ['messages', at],
            message: "'tool_calls' must be followed by tool messages responding to each 'tool_call_id'",
          },
        ]
  })
}

function strayAnswers(messages: readonly Message[]): Fault[] {
  return messages.flatMap(({ role, tool_call_id }, at) => {
    if (role !== 'tool') return []
    const caller = messages.slice(0, at).findLast(message => message.role !== 'tool')
    return caller?.tool_calls?.some(({ id }) => id === tool_call_id)
      ? []
      : [
          {
            path: ['messages', at, 'role'],
            message: "must be a response to a preceding message with 'tool_calls'",
          },
        ]
  })
}
