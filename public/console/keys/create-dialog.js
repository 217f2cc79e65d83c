import { useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { Dialog } from '../ui/dialog.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'

const MAX_NAME = 100
const DAY_MS = 24 * 3600_000
const LIVES = {
  '': 'It does not expire',
  7: 'In 7 days',
  30: 'In 30 days',
  90: 'In 90 days',
  365: 'In a year',
}

/** Asks what a new key is called and how long it works. */
export function CreateDialog({ onCreate, onClose }) {
  const [name, setName] = useState('')
  const [days, setDays] = useState('')
  const [isBusy, setBusy] = useState(false)
  const { problem, attempt } = useProblem()
  const create = async event => {
    event.preventDefault()
    setBusy(true)
    const expiresAt = days && new Date(Date.now() + days * DAY_MS).toISOString()
    const wish = { ...(name.trim() && { name: name.trim() }), ...(expiresAt && { expiresAt }) }
    if (!(await attempt(() => onCreate(wish)))) setBusy(false)
  }
  return html`
    <${Dialog} title="New key" onClose=${onClose}>
      <form onSubmit=${create}>
        <label>Name (optional) <input autofocus autocomplete="off" maxlength=${MAX_NAME} placeholder="Where it is used" value=${name} onInput=${event => setName(event.target.value)} /></label>
        <label>
          Expires
          <select value=${days} onChange=${event => setDays(event.target.value)}>
            ${Object.entries(LIVES).map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}
          </select>
        </label>
        <${ProblemNotice} problem=${problem} said=${problem?.code === 'limit_reached' ? noRoom(problem) : undefined} />
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <button type="submit" aria-busy=${isBusy} disabled=${isBusy}>Make the key</button>
        </footer>
      </form>
    <//>`
}

function noRoom({ detail }) {
  return {
    text: `${detail} Revoke one you no longer need, or choose a larger plan.`,
    link: { href: hrefOf('account', 'plans'), label: 'See the plans' },
  }
}
