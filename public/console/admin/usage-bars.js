import { html } from '../html.js'
import { LIMITS } from '../plans.js'

/** How much of each limit is used; null is unlimited. */
export function UsageBars({ usage, limits }) {
  return html`
    <ul class="usage">
      ${Object.entries(usage).map(([name, used]) => html`<${Bar} key=${name} ...${LIMITS[name]} used=${used} limit=${limits[name]} />`)}
    </ul>`
}

function Bar({ label, amount, used, limit }) {
  const text = limit === null ? `${amount(used)}, unlimited` : `${amount(used)} of ${amount(limit)}`
  return html`
    <li>
      <div class="line"><span>${label}</span> <small>${text}</small></div>
      ${limit !== null && html`<progress aria-label=${label} aria-valuetext=${text} max=${Math.max(limit, 1)} value=${limit === 0 ? 1 : Math.min(used, limit)}></progress>`}
    </li>`
}
