import { useEffect, useRef, useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { useModels } from './use-models.js'

const MAX_CHARS = 100_000

/** Where a question is written. Enter sends it, Shift+Enter begins a line. */
export function Composer({ isAnswering, canStop, onSend, onStop }) {
  const [text, setText] = useState('')
  const [knowledge, setKnowledge] = useState(true)
  const [choice, setChoice] = useState('')
  const [isStopping, setStopping] = useState(false)
  const models = useModels()
  const field = useRef(null)
  useEffect(() => field.current.focus(), [])
  useEffect(() => setStopping(false), [isAnswering])

  const send = event => {
    event?.preventDefault()
    const message = text.trim()
    if (message === '' || isAnswering) return
    const [provider, model] = choice === '' ? [] : JSON.parse(choice)
    onSend({ message, knowledge, ...(model && { provider, model }) })
    setText('')
    field.current.focus()
  }
  const stop = () => {
    setStopping(true)
    onStop()
  }
  const onKeyDown = event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    send()
  }
  return html`
    <form class="composer" onSubmit=${send}>
      <textarea
        ref=${field} rows="2" maxlength=${MAX_CHARS} aria-label="Your message" placeholder="Ask something"
        value=${text} onInput=${event => setText(event.target.value)} onKeyDown=${onKeyDown}
      ></textarea>
      <div class="line">
        <label>
          <input type="checkbox" role="switch" checked=${knowledge} onChange=${event => setKnowledge(event.target.checked)} />
          Use my files
        </label>
        ${models.length > 1 && html`<${ModelPicker} models=${models} choice=${choice} onChoose=${setChoice} />`}
        ${
          isAnswering
            ? html`<button type="button" key="stop" class="danger" disabled=${!canStop || isStopping} onClick=${stop}>Stop</button>`
            : html`<button type="submit" key="send" disabled=${text.trim() === ''}>Send</button>`
        }
      </div>
    </form>`
}

function ModelPicker({ models, choice, onChoose }) {
  return html`
    <select aria-label="Model" value=${choice} onChange=${event => onChoose(event.target.value)}>
      <option value="">Standard model</option>
      ${models.map(({ provider, model }) => {
        const value = JSON.stringify([provider, model])
        return html`<option key=${value} value=${value}>${provider}: ${model}</option>`
      })}
    </select>`
}
