import { number } from '../format.js'
import { PLANS, planName } from '../plans.js'

/** What the API's names are called on the pages. */
export const CONTACT_STATUSES = {
  new: 'New',
  contacted: 'Contacted',
  qualified: 'Qualified',
  closed: 'Closed',
}
export const DEMO_STATUSES = {
  pending: 'Pending',
  scheduled: 'Scheduled',
  completed: 'Completed',
  canceled: 'Canceled',
}
/** The plans, lowest first. */
export const PLAN_NAMES = Object.fromEntries(Object.keys(PLANS).map(plan => [plan, planName(plan)]))
export const USER_STATUSES = { active: 'Active', suspended: 'Suspended', deleted: 'Deleted' }
export const EVENT_STATUSES = {
  failed: 'Failed',
  pending: 'Pending',
  processed: 'Processed',
  ignored: 'Ignored',
}
export const FORMS = { contact: 'Contact form', demo: 'Demo' }

/** `1 note`, `2 notes`. */
export function counted(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`
}
