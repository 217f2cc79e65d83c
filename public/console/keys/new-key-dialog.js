import { useRef, useState } from '/vendor/preact/hooks.js'
import { moment } from '../format.js'
import { html } from '../html.js'
import { Dialog } from '../ui/dialog.js'

/** The only sight of a new key. A slip beside it must not close it. */
export function NewKeyDialog({ made, onClose }) {
  const [told, setTold] = useState('')
  const field = useRef(null)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.key)
      setTold('Copied.')
    } catch {
      field.current.focus()
      field.current.select()
      setTold('The browser did not let it be copied. It is selected: copy it with Ctrl+C or the menu.')
    }
  }
  return html`
    <${Dialog} title="Your new key" stays onClose=${onClose}>
      <p>Copy it now and keep it in a safe place. <strong>It is not shown again:</strong> once this is closed, nobody can look it up.</p>
      <div class="copy">
        <textarea ref=${field} class="secret" rows="2" readonly spellcheck="false" aria-label="The key" value=${made.key} onFocus=${event => event.target.select()}></textarea>
        <button type="button" autofocus onClick=${copy}>Copy</button>
      </div>
      <p role="status">${told}</p>
      ${made.replaces && html`<p>${oldKey(made.replaces)}</p>`}
      <footer><button type="button" class="quiet" onClick=${onClose}>I have kept it</button></footer>
    <//>`
}

function oldKey({ expiresAt, isRefused }) {
  return isRefused ? 'The old key is refused from now on.' : `The old key works until ${moment(expiresAt)}.`
}
