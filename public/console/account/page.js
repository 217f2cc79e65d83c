import { useEffect } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { useMe } from '../me.js'
import { ProblemNotice } from '../ui/notice.js'
import { Activity } from './activity.js'
import { CheckoutReturn } from './checkout-return.js'
import { Download } from './download.js'
import { LimitBars } from './limit-bars.js'
import { Plans, showPlans } from './plans.js'
import { Profile } from './profile.js'

/** `#/account`, and `#/account/plans` to choose a plan; whoever comes back from paying arrives here too. */
export function AccountPage({ part }) {
  const { me, problem, refresh } = useMe()
  useEffect(() => {
    refresh()
    // Back from the billing portal with the browser's own button, the page may stand as it was left.
    const again = ({ persisted }) => persisted && refresh()
    addEventListener('pageshow', again)
    return () => removeEventListener('pageshow', again)
  }, [])
  return html`
    <main class="page">
      <h1>Account</h1>
      <${ProblemNotice} problem=${problem} onRetry=${refresh} />
      ${!me && !problem && html`<p aria-busy="true">Loading your account…</p>`}
      <${CheckoutReturn} />
      ${me && html`<${Sections} me=${me} part=${part} />`}
    </main>`
}

function Sections({ me, part }) {
  useEffect(() => {
    if (part === 'plans') showPlans()
  }, [part])
  return html`
    <${Profile} me=${me} />
    <section aria-labelledby="limits">
      <h2 id="limits">What you have used</h2>
      <${LimitBars} me=${me} />
    </section>
    <${Activity} />
    <${Plans} me=${me} />
    <${Download} />`
}
