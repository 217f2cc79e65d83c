import { useEffect, useRef, useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { useMe } from '../me.js'
import { hrefOf } from '../route.js'
import { ProblemNotice } from '../ui/notice.js'
import { CreateDialog } from './create-dialog.js'
import { KeyItem } from './key-item.js'
import { NewKeyDialog } from './new-key-dialog.js'
import { RotateDialog } from './rotate-dialog.js'
import { useKeys } from './use-keys.js'

/** `#/keys`: what programs sign in with. */
export function KeysPage() {
  const [isCreating, setCreating] = useState(false)
  const [rotating, setRotating] = useState(null)
  const [made, setMade] = useState(null)
  const [said, setSaid] = useState('')
  const { me } = useMe()
  const keys = useKeys()
  const heading = useRef(null)
  const toHeading = () => heading.current.focus({ preventScroll: true })
  const limit = me?.limits.apiKeys ?? null
  const isFull = limit !== null && me.usage.apiKeys >= limit

  // In one go: a dialog gives the focus back to where it was before, which must not be in another dialog.
  const show = made => {
    setCreating(false)
    setRotating(null)
    setMade(made)
  }
  const create = async wish => show(await keys.create(wish))
  const rotate = async graceSeconds => show(await keys.rotate(rotating, graceSeconds))
  // A key that was rotated has no button any more that the focus could go back to.
  useEffect(() => {
    if (made === null && document.activeElement === document.body && keys.list !== null) toHeading()
  }, [made])
  return html`
    <main class="page">
      <h1>API keys</h1>
      <p>Programs sign in to the <a href="/docs">API</a> with a key. Whoever has a key can use your account with it, so keep keys secret.</p>
      <div class="line">
        <button type="button" onClick=${() => setCreating(true)}>New key</button>
        ${me && html`<span>${inUse(me.usage.apiKeys, limit)}</span>`}
      </div>
      ${isFull && html`<p class="hint"><strong class="warning">All keys of your plan are in use.</strong> Revoke one you no longer need, or <a href=${hrefOf('account', 'plans')}>choose a larger plan</a>.</p>`}
      <section aria-labelledby="your-keys" aria-busy=${keys.list === null && !keys.problem}>
        <div class="line">
          <h2 id="your-keys" ref=${heading} tabindex="-1">Your keys</h2>
          <label class="aside"><input type="checkbox" role="switch" checked=${keys.isAll} onChange=${event => keys.setAll(event.target.checked)} /> Show revoked keys</label>
        </div>
        <p class="unseen" role="status">${said}</p>
        <${ProblemNotice} problem=${keys.problem} onRetry=${keys.reload} />
        ${keys.list === null && !keys.problem && html`<p class="empty">Loading…</p>`}
        ${keys.list?.length === 0 && html`<p class="empty">There are no keys yet. Make one to call the API from a program.</p>`}
        <ul class="files keys">
          ${(keys.list ?? []).map(
            key => html`
              <${KeyItem}
                key=${key.id} item=${key} onRevoke=${keys.revoke} onRestore=${keys.restore} onRotate=${setRotating}
                onSay=${setSaid} onLost=${toHeading}
              />`,
          )}
        </ul>
        ${keys.more && html`<button type="button" class="small" onClick=${keys.more}>Show older keys</button>`}
      </section>
      ${isCreating && html`<${CreateDialog} onCreate=${create} onClose=${() => setCreating(false)} />`}
      ${rotating && html`<${RotateDialog} item=${rotating} onRotate=${rotate} onClose=${() => setRotating(null)} />`}
      ${made && html`<${NewKeyDialog} made=${made} onClose=${() => setMade(null)} />`}
    </main>`
}

function inUse(used, limit) {
  return limit === null ? `${used} in use` : `${used} of ${limit} in use`
}
