import { useEffect, useId, useRef, useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { ProblemNotice } from './notice.js'

/**
 * A modal dialog. Escape closes it, and a click beside it unless it `stays`; then the focus is where it was.
 */
export function Dialog({ title, stays = false, onClose, children }) {
  const dialog = useRef(null)
  const titleId = useId()
  useEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element.showModal()
    return () => {
      element.close()
      // The browser gives the focus back only from a dialog that is still in the page.
      if (document.activeElement === document.body) before.focus()
    }
  }, [])
  const closeBeside = event => !stays && event.target === dialog.current && dialog.current.close()
  return html`
    <dialog ref=${dialog} aria-labelledby=${titleId} onClose=${onClose} onClick=${closeBeside}>
      <article>
        <header>
          <h2 id=${titleId}>${title}</h2>
          <button type="button" class="small quiet" aria-label="Close" onClick=${() => dialog.current.close()}>✕</button>
        </header>
        ${children}
      </article>
    </dialog>`
}

/** Asks before something is done that cannot be undone. */
export function ConfirmDialog({ title, text, action, onConfirm, onClose }) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState(null)
  const confirm = async () => {
    setBusy(true)
    setProblem(null)
    try {
      await onConfirm()
      onClose()
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <p class="foreign">${text}</p>
      <${ProblemNotice} problem=${problem} />
      <footer>
        <button type="button" class="quiet" autofocus onClick=${onClose}>Cancel</button>
        <button type="button" class="danger" aria-busy=${isBusy} disabled=${isBusy} onClick=${confirm}>${action}</button>
      </footer>
    <//>`
}
