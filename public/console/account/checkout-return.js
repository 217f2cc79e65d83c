import { useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { html } from '../html.js'
import { useMe } from '../me.js'
import { planName } from '../plans.js'
import { forgetReturn, isBooked, returnedFrom } from './checkout.js'

const EVERY_MS = 1_000
const TIMES = 30
/** How often a payment may still be unknown to the billing service: its page leads back as soon as it is made. */
const OPEN_TIMES = 3

/** What became of a payment, for who comes back from making it. */
export function CheckoutReturn() {
  const { me, refresh } = useMe()
  const [returned] = useState(returnedFrom)
  const [outcome, setOutcome] = useState(returned ? 'looking' : null)
  useEffect(() => {
    if (!returned) return
    const controller = new AbortController()
    follow(returned, { refresh, onChange: setOutcome, signal: controller.signal }).then(
      () => controller.signal.aborted || forgetReturn(),
    )
    return () => controller.abort()
  }, [])
  if (outcome === null) return null
  const isUnderWay = outcome === 'looking' || outcome === 'booking'
  return html`
    <div class="notice" data-kind=${kindOf(outcome)} role="status" aria-busy=${isUnderWay}>
      <p>${wordsOf(outcome, me)}</p>
      ${!isUnderWay && html`<button type="button" class="small quiet" onClick=${() => setOutcome(null)}>Dismiss</button>`}
    </div>`
}

/** Asks until it is clear what became of the payment, and the plan is there; not for ever. */
async function follow(returned, { refresh, onChange, signal }) {
  let status = null
  for (let times = 1; times <= TIMES && !signal.aborted; times++) {
    status = await statusOf(returned.id, status)
    const me = await refresh()
    if (signal.aborted) return
    if (status === 'failed' || status === 'expired' || status === 'not_found') return onChange(status)
    if (status === 'open' && times >= OPEN_TIMES) return onChange('open')
    if (isConfirmed(status) && isBooked(returned, me)) return onChange('booked')
    if (isConfirmed(status)) onChange('booking')
    await new Promise(resolve => setTimeout(resolve, EVERY_MS))
  }
  onChange(status === 'succeeded' ? 'late' : 'unclear')
}

/** What was known stays so when the billing service does not answer. */
async function statusOf(checkoutId, before) {
  if (before === 'succeeded') return before
  try {
    const path = `/api/polar/checkout?checkoutId=${encodeURIComponent(checkoutId)}`
    return (await ask('GET', path)).status
  } catch ({ code }) {
    return code === 'not_found' || code === 'invalid_input' ? 'not_found' : before
  }
}

/** A confirmed payment is under way and may still fail. */
function isConfirmed(status) {
  return status === 'succeeded' || status === 'confirmed'
}

function kindOf(outcome) {
  if (outcome === 'booked') return 'good'
  return ['looking', 'booking', 'late'].includes(outcome) ? 'plain' : 'bad'
}

function wordsOf(outcome, me) {
  switch (outcome) {
    case 'looking':
      return 'Looking up your payment…'
    case 'booking':
      return 'Your payment has arrived, and your plan is being booked. This takes a few seconds…'
    case 'booked':
      return `Thank you. You are on ${planName(me.plan)} now.`
    case 'late':
      return 'You have paid, but your plan is not booked yet. This can take a few minutes: load this page again later. You need not pay again.'
    case 'failed':
      return 'The payment failed, and your plan is as before. Choose a plan below to try again.'
    case 'expired':
      return 'The payment took too long and was given up. Your plan is as before. Choose a plan below to try again.'
    case 'open':
      return 'This was not paid, so your plan is as before. Choose a plan below to try again.'
    case 'not_found':
      return 'No payment of this account is known here. Your plan is as before.'
    default:
      return 'It could not be found out what became of your payment. Load this page again in a moment.'
  }
}
