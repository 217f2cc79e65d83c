import { useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { day } from '../format.js'
import { html } from '../html.js'
import { LIMITS, PLANS, planName } from '../plans.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'
import { beginCheckout } from './checkout.js'

const LIVE = ['active', 'trialing', 'past_due']

/** Brings the plans into view, for who comes to choose one. */
export function showPlans() {
  const heading = document.getElementById('plans')
  heading.scrollIntoView({ block: 'start' })
  heading.focus({ preventScroll: true })
}

/** The plans side by side, and the ways to another one. Paying and cancelling happen at the billing service. */
export function Plans({ me }) {
  const { problem, attempt } = useProblem()
  const [leaving, setLeaving] = useState(null)
  // Back with the browser's own button, the page may stand as it was left.
  useEffect(() => {
    const stay = () => setLeaving(null)
    addEventListener('pageshow', stay)
    return () => removeEventListener('pageshow', stay)
  }, [])
  const leave = (name, addressOf) => async () => {
    setLeaving(name)
    if (!(await attempt(async () => location.assign(await addressOf())))) setLeaving(null)
  }
  const button = (name, label, addressOf, kind) => html`
    <button type="button" class=${kind} aria-busy=${leaving === name} disabled=${leaving !== null} onClick=${leave(name, addressOf)}>${label}</button>`

  const { status } = me.subscription
  const isLive = LIVE.includes(status)
  const wayTo = plan => {
    if (plan === me.plan) return html`<p><span class="badge" data-kind="good">Your plan</span></p>`
    if (plan === 'starter')
      return isLive && html`<p><small>Cancel your subscription to go back to it.</small></p>`
    // A second checkout would make a second subscription.
    return isLive
      ? html`<p><small>Change to it under “Manage or cancel”, if it is offered there.</small></p>`
      : button(plan, `Choose ${planName(plan)}`, () => beginCheckout(plan))
  }
  return html`
    <section aria-labelledby="plans">
      <h2 id="plans" tabindex="-1">Plans</h2>
      <p>${standing(me)}</p>
      ${status !== null && html`<p>${button('portal', isLive ? 'Manage or cancel' : 'See your invoices', portalAddress, 'small quiet')}</p>`}
      <${ProblemNotice} problem=${problem} />
      <ul class="plans">
        ${Object.entries(PLANS).map(
          ([plan, limits]) => html`
            <li key=${plan} aria-current=${plan === me.plan ? 'true' : undefined}>
              <h3>${planName(plan)}</h3>
              <${PlanLimits} limits=${limits} />
              ${wayTo(plan)}
            </li>`,
        )}
      </ul>
      ${!isLive && html`<p><small>The price is shown on the next page, before you pay.</small></p>`}
    </section>`
}

function PlanLimits({ limits }) {
  return html`
    <dl>
      ${Object.entries(LIMITS).map(
        ([name, { label, amount }]) => html`
          <div key=${name}><dt>${label}</dt><dd>${limits[name] === null ? 'Unlimited' : amount(limits[name])}</dd></div>`,
      )}
    </dl>`
}

function standing({ plan, subscription: { status, currentPeriodEnd, cancelAtPeriodEnd } }) {
  const name = planName(plan)
  const until = currentPeriodEnd ? day(currentPeriodEnd) : 'the end of the period'
  if (LIVE.includes(status) && cancelAtPeriodEnd)
    return `Your subscription is cancelled. ${name} stays yours until ${until}; then you are on Starter.`
  switch (status) {
    case 'active':
      return `You are on ${name}. It renews on ${until}.`
    case 'trialing':
      return `You are trying ${name} until ${until}.`
    case 'past_due':
      return `You are on ${name}, but the last payment did not go through. Look into it under “Manage or cancel”, or the plan ends.`
    case 'canceled':
      return `Your subscription has ended. You are on ${name}.`
    default:
      return plan === 'starter' ? 'You are on Starter, which is free.' : `You are on ${name}.`
  }
}

async function portalAddress() {
  return (await ask('POST', '/api/polar/portal')).url
}
