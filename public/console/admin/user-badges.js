import { html } from '../html.js'
import { planName } from '../plans.js'
import { Badge } from './controls.js'
import { USER_STATUSES } from './words.js'

/** What sets an account apart: its plan, an admin, one that cannot be used. */
export function UserBadges({ user: { plan, role, status } }) {
  return html`
    <${Badge}>${planName(plan)}<//>
    ${role === 'admin' && html`<${Badge} kind="good">Admin<//>`}
    ${status !== 'active' && html`<${Badge} kind="bad">${USER_STATUSES[status]}<//>`}`
}

/** The person's name as far as it is known. */
export function nameOf({ firstName, lastName }) {
  return [firstName, lastName].filter(Boolean).join(' ')
}
