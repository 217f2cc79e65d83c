import { ask } from '../api.js'

/** The address where a plan is paid for; from there the billing service leads back to the Account page. */
export async function beginCheckout(plan) {
  const successUrl = `${location.origin}/console?plan=${plan}&checkout={CHECKOUT_ID}#/account`
  return (await ask('POST', '/api/polar/checkout', { json: { plan, successUrl } })).url
}

/** Which checkout somebody comes back from, and for which plan; null when they come from elsewhere. */
export function returnedFrom() {
  const query = new URLSearchParams(location.search)
  const id = query.get('checkout')
  return id && { id, plan: query.get('plan') }
}

/** Takes the checkout out of the address, so that loading the page again does not begin anew. */
export function forgetReturn() {
  history.replaceState(history.state, '', location.pathname + location.hash)
}

/** Whether what was paid for is there. */
export function isBooked({ plan }, me) {
  return plan ? me?.plan === plan : me !== null && me.plan !== 'starter'
}
