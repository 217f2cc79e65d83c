import { useEffect, useRef, useState } from '/vendor/preact/hooks.js'
import { moment, when } from '../format.js'
import { html } from '../html.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'
import { useCountdown } from './use-countdown.js'

/** One key: what it is, and what can be done with it. `onLost` is called when the focus has lost its place. */
export function KeyItem({ item, onRevoke, onRestore, onRotate, onSay, onLost }) {
  const { problem, attempt, dismiss } = useProblem()
  const [isBusy, setBusy] = useState(false)
  const box = useRef(null)
  const hadFocus = useRef(false)
  const seconds = useCountdown(item.undoUntil)
  const state = stateOf(item)
  const canUndo = item.revokedAt !== null && seconds > 0
  const name = item.name ?? item.keyPrefix

  const during = (work, done) => async () => {
    hadFocus.current = true
    setBusy(true)
    if (await attempt(work)) onSay(done)
    setBusy(false)
  }
  // A button that had the focus gives way to another, or at the end of the ten seconds to none.
  useEffect(() => {
    if (isBusy || !hadFocus.current) return
    hadFocus.current = canUndo
    if (document.activeElement !== document.body) return
    const button = box.current.querySelector('[data-next]')
    if (button) button.focus()
    else onLost()
  }, [isBusy, canUndo])

  const revoke = during(
    () => onRevoke(item),
    `The key ${name} is revoked. You can undo this for ten seconds.`,
  )
  const restore = during(() => onRestore(item), `The key ${name} works again.`)
  return html`
    <li ref=${box} data-state=${state}>
      <div class="line">
        <h3 class="foreign">${item.name ?? html`<span class="empty">Without a name</span>`}</h3>
        <${State} state=${state} />
      </div>
      <small><code>${item.keyPrefix}…</code> · created ${when(item.createdAt)} · ${item.lastUsedAt ? `last used ${when(item.lastUsedAt)}` : 'never used'} · ${timesOf(item, state)}</small>
      <${ProblemNotice} problem=${problem} onDismiss=${dismiss} />
      ${
        canUndo &&
        html`
        <div class="undo line">
          <span>Revoked: it is refused from now on.</span>
          <button type="button" data-next class="small" disabled=${isBusy} aria-label=${`Undo revoking ${name}`} onClick=${restore}>Undo (${seconds} s)</button>
        </div>`
      }
      ${
        state === 'active' &&
        html`
        <div class="actions">
          ${!item.isReplaced && html`<button type="button" class="small quiet" disabled=${isBusy} aria-label=${`Rotate ${name}`} onClick=${() => onRotate(item)}>Rotate</button>`}
          <button type="button" data-next class="small quiet" disabled=${isBusy} aria-label=${`Revoke ${name}`} onClick=${revoke}>Revoke</button>
        </div>`
      }
    </li>`
}

function State({ state }) {
  const words = { active: 'Active', expired: 'Expired', revoked: 'Revoked' }
  return html`<span class="badge" data-kind=${state === 'active' ? 'good' : 'bad'}>${words[state]}</span>`
}

function stateOf({ revokedAt, expiresAt }) {
  if (revokedAt) return 'revoked'
  return expiresAt && new Date(expiresAt) <= new Date() ? 'expired' : 'active'
}

function timesOf({ revokedAt, expiresAt, isReplaced }, state) {
  if (state === 'revoked') return `revoked ${when(revokedAt)}`
  if (state === 'expired') return `expired ${when(expiresAt)}`
  if (isReplaced) return `replaced, works until ${moment(expiresAt)}`
  return expiresAt ? `works until ${moment(expiresAt)}` : 'does not expire'
}
