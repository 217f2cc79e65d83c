/**
 * What a conversation shows, and how it changes. A message is
 * `{ key, role, content, citations, unfinished, isRunning }`.
 */
export const EMPTY = {
  messages: [],
  cursor: null,
  title: null,
  status: 'active',
  isLoading: false,
  problem: null,
  /** What can be tried again after the problem: `load`, `ask` or nothing. */
  retry: null,
}

/** Failures after which the same question may be answered. */
const PASSING = ['network', 'rate_limited', 'provider_error', 'provider_timeout', 'unavailable', 'internal']

let lastKey = 0

export function withKey(message) {
  return { citations: [], ...message, key: ++lastKey }
}

export function reduce(state, action) {
  switch (action.type) {
    case 'clear':
      return EMPTY
    case 'loading':
      return { ...EMPTY, isLoading: true }
    case 'loaded': {
      const { messages, nextCursor, title, status } = action.conversation
      return { ...EMPTY, title, status, cursor: nextCursor, messages: messages.map(withKey) }
    }
    case 'older': {
      const { messages, nextCursor } = action.conversation
      return { ...state, cursor: nextCursor, messages: [...messages.map(withKey), ...state.messages] }
    }
    case 'changed':
      return { ...state, title: action.conversation.title, status: action.conversation.status }
    case 'asked': {
      const question = withKey({ role: 'user', content: action.message })
      const answer = withKey({ role: 'assistant', content: '', isRunning: true })
      return {
        ...state,
        problem: null,
        retry: null,
        messages: [...unanswered(state, action), question, answer],
      }
    }
    case 'delta':
      return withLast(state, last => ({ content: last.content + action.content }))
    case 'completed': {
      const { message, citations } = action.answer
      return withLast(state, () => ({ ...message, citations, isRunning: false }))
    }
    case 'broken': {
      const { problem } = action
      const { messages } = withLast(state, () => ({ isRunning: false, unfinished: true }))
      const retry = problem.code === 'interrupted' ? 'load' : PASSING.includes(problem.code) ? 'ask' : null
      return {
        ...state,
        problem,
        retry,
        messages: messages.at(-1).content ? messages : messages.slice(0, -1),
      }
    }
    case 'failed':
      return { ...state, isLoading: false, problem: action.problem, retry: action.retry ?? null }
    default:
      return state
  }
}

function withLast(state, changesOf) {
  const last = state.messages.at(-1)
  return { ...state, messages: [...state.messages.slice(0, -1), { ...last, ...changesOf(last) }] }
}

/** What was said so far; a question that is asked again stands there once. */
function unanswered({ messages }, { isAgain }) {
  return isAgain && messages.at(-1)?.role === 'user' ? messages.slice(0, -1) : messages
}
