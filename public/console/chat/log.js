import { useLayoutEffect, useRef } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { Message } from './message.js'

/** How far from its end the log still counts as read to the end. */
const NEAR_END_PX = 80

const vnodes = new WeakMap()

/** The same vnode for the same message: while an answer grows, only that one is drawn anew. */
function drawn(message) {
  if (!vnodes.has(message)) vnodes.set(message, html`<${Message} key=${message.key} ...${message} />`)
  return vnodes.get(message)
}

/**
 * What was said, in time order. It follows a growing answer unless its reader has scrolled up; older messages
 * come in above without moving what is read.
 */
export function Log({ messages, isAnswering, onOlder, children }) {
  const box = useRef(null)
  const before = useRef({ first: null, count: 0, height: 0, isAtEnd: true })
  useLayoutEffect(() => {
    const { first, count, height, isAtEnd } = before.current
    const place = messages.findIndex(({ key }) => key === first)
    if (place > 0) box.current.scrollTop += box.current.scrollHeight - height
    else if (isAtEnd || messages.length !== count) box.current.scrollTop = box.current.scrollHeight
    before.current = {
      isAtEnd: place > 0 ? isAtEnd : isNearEnd(box.current),
      first: messages[0]?.key ?? null,
      count: messages.length,
      height: box.current.scrollHeight,
    }
  }, [messages])

  // What stands around the log comes and goes, such as a notice: its end stays in view.
  useLayoutEffect(() => {
    const element = box.current
    const observer = new ResizeObserver(() => {
      if (before.current.isAtEnd) element.scrollTop = element.scrollHeight
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const onScroll = () => {
    before.current.isAtEnd = isNearEnd(box.current)
  }
  return html`
    <div class="log" ref=${box} tabindex="0" role="log" aria-label="Messages" aria-live="polite" aria-busy=${isAnswering} onScroll=${onScroll}>
      ${onOlder && html`<button type="button" class="small quiet" onClick=${onOlder}>Show older messages</button>`}
      ${children}
      <ol class="messages">${messages.map(drawn)}</ol>
    </div>`
}

function isNearEnd({ scrollTop, scrollHeight, clientHeight }) {
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PX
}
