import { useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { Dialog } from '../ui/dialog.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'

const GRACES = [
  [0, 'At once'],
  [3_600, 'In 1 hour'],
  [86_400, 'In 1 day'],
]

/** Asks when the old key stops, before a new one takes its place. */
export function RotateDialog({ item, onRotate, onClose }) {
  const [grace, setGrace] = useState(3_600)
  const [isBusy, setBusy] = useState(false)
  const { problem, attempt } = useProblem()
  const rotate = async event => {
    event.preventDefault()
    setBusy(true)
    if (!(await attempt(() => onRotate(grace)))) setBusy(false)
  }
  return html`
    <${Dialog} title="Rotate the key" onClose=${onClose}>
      <form onSubmit=${rotate}>
        <p class="foreign">A new key takes the place of “${item.name ?? item.keyPrefix}”, with its name and expiry.</p>
        <fieldset>
          <legend>When does the old key stop?</legend>
          ${GRACES.map(
            ([seconds, label]) => html`
              <label key=${seconds}>
                <input type="radio" name="grace" autofocus=${seconds === grace} checked=${seconds === grace} onChange=${() => setGrace(seconds)} /> ${label}
              </label>`,
          )}
          <small>Choose “At once” if somebody else may have the key.</small>
        </fieldset>
        <${ProblemNotice} problem=${problem} />
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <button type="submit" aria-busy=${isBusy} disabled=${isBusy}>Rotate</button>
        </footer>
      </form>
    <//>`
}
