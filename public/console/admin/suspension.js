import { useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { moment } from '../format.js'
import { html } from '../html.js'
import { Dialog } from '../ui/dialog.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'

const MAX_REASON = 500

/** Whether the account can be used, and the way to change that. */
export function Suspension({ user, isSelf, path, onChange }) {
  const [isAsking, setAsking] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [told, setTold] = useState('')
  const { problem, attempt, dismiss } = useProblem()
  const suspend = async terms => {
    onChange(await ask('POST', `${path}?action=suspend`, { json: terms }))
    setTold('The account is suspended.')
  }
  const reactivate = async () => {
    setBusy(true)
    await attempt(async () => {
      onChange(await ask('POST', `${path}?action=reactivate`))
      setTold('The account can be used again.')
    })
    setBusy(false)
  }
  if (user.status === 'deleted') return null
  const isSuspended = user.status === 'suspended'
  return html`
    <section aria-label="Access">
      ${user.suspension && html`<${Terms} ...${user.suspension} isOver=${!isSuspended} />`}
      ${
        // One button, so that it keeps the focus when it comes to mean the opposite.
        isSuspended
          ? html`<button type="button" class="small" aria-busy=${isBusy} onClick=${reactivate}>Reactivate</button>`
          : html`<button type="button" class="small quiet" onClick=${() => setAsking(true)}>Suspend…</button>`
      }
      <p class="told" role="status">${told}</p>
      <${ProblemNotice} problem=${problem} onDismiss=${dismiss} />
      ${isAsking && html`<${SuspendDialog} email=${user.email} isSelf=${isSelf} onSuspend=${suspend} onClose=${() => setAsking(false)} />`}
    </section>`
}

function Terms({ at, until, reason, isOver }) {
  const end =
    until === null ? 'until it is lifted' : isOver ? `and ended ${moment(until)}` : `until ${moment(until)}`
  return html`
    <div class="terms" data-over=${isOver}>
      <p>${isOver ? 'Was suspended' : 'Suspended'} ${moment(at)}, ${end}. The reason:</p>
      <p class="foreign">${reason}</p>
    </div>`
}

function SuspendDialog({ email, isSelf, onSuspend, onClose }) {
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState('')
  const [isBusy, setBusy] = useState(false)
  const { problem, attempt } = useProblem()
  const suspend = async event => {
    event.preventDefault()
    if (isBusy) return
    setBusy(true)
    const terms = { reason: reason.trim(), ...(until && { until: new Date(until).toISOString() }) }
    if (await attempt(() => onSuspend(terms))) return onClose()
    setBusy(false)
  }
  return html`
    <${Dialog} title="Suspend this account?" onClose=${onClose}>
      <form onSubmit=${suspend}>
        ${isSelf && html`<p><strong>This is your own account: you lose access at once, and only another admin can give it back.</strong></p>`}
        <p>
          From the next request on, the sessions and API keys of <strong class="foreign">${email}</strong> are refused.
          Nothing is deleted, and the subscription goes on. An admin can lift this at any time.
        </p>
        <label>Reason, for admins only <textarea rows="2" autofocus required maxlength=${MAX_REASON} value=${reason} onInput=${event => setReason(event.target.value)}></textarea></label>
        <label>Ends by itself (may stay empty) <input type="datetime-local" min=${localNow()} value=${until} onInput=${event => setUntil(event.target.value)} /></label>
        <${ProblemNotice} problem=${problem} />
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <button type="submit" class="danger" aria-busy=${isBusy} disabled=${reason.trim() === ''}>Suspend</button>
        </footer>
      </form>
    <//>`
}

/** As a `datetime-local` field has it. */
function localNow() {
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
