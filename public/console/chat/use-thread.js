import { useEffect, useReducer, useRef, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { streamAnswer } from './answer.js'
import { EMPTY, reduce } from './thread-state.js'

const PAGE = 30
/** How often a new conversation is asked for that is stored with its first answer only. */
const APPEAR_MS = 1_500
const APPEAR_TIMES = 4

/**
 * The conversation of the address, or a new one while it names none. `onBegun` gets the id of a new conversation,
 * `onChange` is called when the list of conversations is to be read anew.
 */
export function useThread(conversationId, { onBegun, onChange }) {
  const [state, dispatch] = useReducer(reduce, EMPTY)
  const [isAnswering, setAnswering] = useState(false)
  /** What is on screen, which may be ahead of the address. */
  const shown = useRef('')
  const following = useRef(null)
  const lastQuestion = useRef(null)

  const path = `/api/app/conversations/${encodeURIComponent(conversationId)}`
  const read = cursor =>
    ask('GET', `${path}?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)

  /** What comes late, once another conversation is on screen, is dropped. */
  const tell = action => shown.current === conversationId && dispatch(action)

  const load = async () => {
    dispatch({ type: 'loading' })
    try {
      tell({ type: 'loaded', conversation: await untilThere(() => read()) })
    } catch (problem) {
      tell({ type: 'failed', problem, retry: 'load' })
    }
  }

  useEffect(() => {
    if (conversationId === shown.current) return
    following.current?.abort()
    shown.current = conversationId
    dispatch({ type: 'clear' })
    if (conversationId) load()
  }, [conversationId])
  useEffect(() => () => following.current?.abort(), [])

  /** Resolves to whether the question has arrived. */
  const followAnswer = async (question, signal) => {
    let hasBegun = false
    try {
      const answer = await streamAnswer(question, {
        signal,
        onDelta: content => signal.aborted || dispatch({ type: 'delta', content }),
        onBegin(id) {
          hasBegun = true
          if (signal.aborted) return
          shown.current = id
          onBegun(id)
        },
      })
      if (!signal.aborted) dispatch({ type: 'completed', answer })
    } catch (problem) {
      if (!signal.aborted) dispatch({ type: 'broken', problem })
    }
    return hasBegun
  }

  const send = async (question, { isAgain = false } = {}) => {
    const controller = new AbortController()
    following.current = controller
    lastQuestion.current = question
    setAnswering(true)
    dispatch({ type: 'asked', message: question.message, isAgain })
    const place = shown.current && { conversationId: shown.current }
    const hasBegun = await followAnswer({ ...question, ...place }, controller.signal)
    if (following.current === controller) setAnswering(false)
    if (hasBegun) onChange()
  }

  const askAgain = () => send(lastQuestion.current, { isAgain: true })

  /** The answer ends by itself once the server has stopped it, with what was said. */
  const stop = () =>
    ask('POST', `/api/ai?action=stop&conversationId=${encodeURIComponent(shown.current)}`).catch(problem =>
      dispatch({ type: 'failed', problem }),
    )

  const loadOlder = async () => {
    try {
      tell({ type: 'older', conversation: await read(state.cursor) })
    } catch (problem) {
      tell({ type: 'failed', problem })
    }
  }
  const update = async changes => {
    tell({ type: 'changed', conversation: await ask('PATCH', path, { json: changes }) })
    onChange()
  }
  const remove = async () => {
    await ask('DELETE', path)
    onChange()
  }
  return { ...state, isAnswering, send, askAgain, stop, reload: load, loadOlder, update, remove }
}

/** Of a page loaded anew in the middle of a first answer, the conversation appears a little later. */
async function untilThere(read) {
  for (let times = 1; ; times++) {
    try {
      return await read()
    } catch (problem) {
      if (problem.code !== 'not_found' || times >= APPEAR_TIMES) throw problem
    }
    await new Promise(resolve => setTimeout(resolve, APPEAR_MS))
  }
}
