import { day } from '../format.js'
import { html } from '../html.js'
import { LIMITS, PLANS } from '../plans.js'
import { hrefOf } from '../route.js'
import { showPlans } from './plans.js'

/** What is counted, in the order it is shown. */
const COUNTED = ['chatMessages', 'files', 'bytes', 'apiKeys']
/** From which part of a limit on it is told that it is near. */
const NEAR = 0.8

/** How much of each limit is used, and when it is counted anew. */
export function LimitBars({ me }) {
  const states = COUNTED.map(name => stateOf(me.usage[name], me.limits[name]))
  const isLargest = me.plan === Object.keys(PLANS).at(-1)
  return html`
    <ul class="limits">${COUNTED.map((name, place) => html`<${Bar} key=${name} name=${name} me=${me} state=${states[place]} />`)}</ul>
    ${
      states.some(state => state !== 'room') &&
      !isLargest &&
      html`<p>Need more? <a href=${hrefOf('account', 'plans')} onClick=${showPlans}>See the plans below</a>.</p>`
    }
    <p><small>Chat messages are counted anew from ${day(nextMonth(), 'UTC')}, midnight UTC. What you delete or revoke makes room again.</small></p>`
}

function Bar({ name, me, state }) {
  const { label, amount } = LIMITS[name]
  const used = me.usage[name]
  const limit = me.limits[name]
  const text = limit === null ? `${amount(used)} used, no limit` : `${amount(used)} of ${amount(limit)}`
  const warning = { room: '', near: 'Nearly used up', full: 'Used up', over: 'Over the limit' }[state]
  return html`
    <li data-state=${state}>
      <div class="line"><span>${label}</span> <span>${warning && html`<strong class="warning">${warning}</strong> `}<small>${text}</small></span></div>
      ${
        limit !== null &&
        html`<progress aria-label=${label} aria-valuetext=${text} max=${Math.max(limit, 1)} value=${limit === 0 ? 1 : Math.min(used, limit)}></progress>`
      }
    </li>`
}

function stateOf(used, limit) {
  if (limit === null || used < limit * NEAR) return 'room'
  if (used < limit) return 'near'
  return used > limit ? 'over' : 'full'
}

function nextMonth() {
  const now = new Date()
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
}
