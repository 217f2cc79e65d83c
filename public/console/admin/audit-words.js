import { moment } from '../format.js'
import { LIMITS } from '../plans.js'
import { CONTACT_STATUSES, DEMO_STATUSES, EVENT_STATUSES } from './words.js'

/** What each action is called where one is chosen. */
export const ACTION_NAMES = {
  'contact.updated': 'Contact moved or noted on',
  'demo_request.updated': 'Demo request moved or noted on',
  'user.limits_changed': 'Limits changed',
  'user.suspended': 'Account suspended',
  'user.reactivated': 'Account reactivated',
  'polar_event.replayed': 'Billing event replayed',
  'file.shared': 'File shared',
  'shared_file.deleted': 'Shared file deleted',
}

const OBJECTS = {
  contact: 'a contact',
  demo_request: 'a demo request',
  user: 'an account',
  polar_event: 'a billing event',
  file: 'a file',
}

/** What an entry says between who did it and the note: `{ verb, object, rest }`, the object being what may be linked. */
export function sentenceOf({ action, target, changes }) {
  const object = target.email ?? OBJECTS[target.type] ?? target.type
  switch (action) {
    case 'contact.updated':
      return moved(object, changes.status, CONTACT_STATUSES)
    case 'demo_request.updated':
      return moved(object, changes.status, DEMO_STATUSES)
    case 'user.limits_changed':
      return { verb: 'changed the limits of', object, rest: '' }
    case 'user.suspended':
      return { verb: 'suspended', object, rest: endOf(changes) }
    case 'user.reactivated':
      return { verb: 'reactivated', object, rest: '' }
    case 'polar_event.replayed':
      return { verb: 'replayed', object, rest: outcomeOf(changes.status) }
    case 'file.shared':
      return { verb: 'shared', object, rest: ' with everyone' }
    case 'shared_file.deleted':
      return { verb: 'deleted', object, rest: ' that was shared with everyone' }
    default:
      return { verb: `did “${action}” to`, object, rest: '' }
  }
}

/** The changes that the sentence does not tell: `{ name, from, to }` in words. */
export function changesOf({ action, changes }) {
  if (action !== 'user.limits_changed') return []
  const { from, to } = changes.limits
  return Object.keys(LIMITS)
    .filter(name => from[name] !== to[name])
    .map(name => ({
      name: LIMITS[name].label,
      from: limitText(name, from[name]),
      to: limitText(name, to[name]),
    }))
}

function moved(object, status, names) {
  if (status === undefined) return { verb: 'noted on', object, rest: '' }
  return { verb: 'moved', object, rest: ` from ${names[status.from]} to ${names[status.to]}` }
}

function limitText(name, limit) {
  if (limit === undefined) return 'the plan’s'
  if (limit === null) return 'unlimited'
  return LIMITS[name].amount(limit)
}

function endOf(changes) {
  const until = changes.suspension?.to?.until
  return until ? ` until ${moment(until)}` : ''
}

function outcomeOf(status) {
  return status ? `, which is ${EVENT_STATUSES[status.to].toLowerCase()} since` : ''
}
