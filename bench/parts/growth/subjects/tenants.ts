import { ApiKey } from '../../../../models/api-key.ts'
import { User } from '../../../../models/user.ts'
import type { Question, Subject } from '../questions.ts'
import { daysAgo, everyNth, inTurn, numbered, over, ownerOf } from '../seeds.ts'

const USERS = '/api/admin/users'
/** One in so many is suspended, and one deleted. */
const RARE = 200
/** As many keys work as plans let tenants have, whatever was revoked over the years. */
const LIVE = 2_000

const search = (about: string, query: string): Question => ({
  about,
  as: 'admin',
  path: `${USERS}?${query}`,
})

export const users: Subject = {
  model: User,
  fields: count => ({
    clerkId: numbered('user_of_'),
    email: numbered('p', '@x.example'),
    plan: inTurn(['starter', 'starter', 'starter', 'professional', 'enterprise']),
    role: 'user',
    limits: {},
    subscriptionStatus: null,
    polarCustomerId: null,
    polarSubscriptions: [],
    polarStates: [],
    suspension: everyNth(RARE, { at: over(20, count), until: null, reason: 'Spam' }, null),
    deletedAt: { $cond: [{ $eq: [{ $mod: ['$i', RARE] }, 1] }, over(20, count), null] },
    polarCheckAt: null,
    createdAt: over(90, count),
    updatedAt: over(90, count),
  }),
  questions: () => [
    search('all', ''),
    { ...search('all, far in', ''), from: { filter: {}, sort: { _id: -1 } } },
    search('of a plan', 'plan=enterprise'),
    search('active', 'status=active'),
    search('active of a plan', 'status=active&plan=enterprise'),
    search('suspended', 'status=suspended'),
    {
      ...search('suspended, far in', 'status=suspended'),
      from: {
        filter: { 'suspension.at': { $type: 'date' } },
        sort: { 'suspension.at': -1, _id: -1 },
        by: 'suspension.at',
      },
    },
    search('suspended of a plan', 'status=suspended&plan=starter'),
    search('deleted', 'status=deleted'),
    search('by many addresses’ beginning', 'q=p'),
    {
      ...search('by many addresses’ beginning, far in', 'q=p'),
      from: { filter: { email: { $gte: 'p' } }, sort: { email: 1, _id: 1 }, by: 'email' },
    },
    search('by an address', 'q=p4711@'),
    search('by nobody’s address', 'q=nobody'),
    search('suspended, by the beginning of an address', 'q=p&status=suspended'),
    search('active of a plan, by the beginning of an address', 'q=p&status=active&plan=enterprise'),
    { about: 'oneself', as: 'largest', path: '/api/app/me' },
    { about: 'the daily work', as: 'cron', path: '/api/cron/daily' },
    { about: 'the overview', as: 'admin', path: '/api/admin/overview' },
  ],
}

const keys = '/api/app/api-keys'

export const apiKeys: Subject = {
  model: ApiKey,
  fields: (count, askers) => ({
    clerkId: ownerOf(askers),
    keyHash: numbered('hash_'),
    keyPrefix: numbered('tc_live_'),
    name: 'bench',
    revokedAt: { $cond: [{ $lt: ['$i', LIVE] }, null, daysAgo(1)] },
    expiresAt: null,
    lastUsedAt: null,
    replacedBy: null,
    createdAt: over(90, count),
    updatedAt: over(90, count),
  }),
  questions: ({ largest }) => [
    { about: 'that work', as: 'largest', needsSession: true, path: keys },
    { about: 'that work', as: 'small', needsSession: true, path: keys },
    { about: 'all', as: 'largest', needsSession: true, path: `${keys}?includeRevoked=true` },
    {
      about: 'all, far in',
      as: 'largest',
      needsSession: true,
      path: `${keys}?includeRevoked=true`,
      from: { filter: { clerkId: largest }, sort: { _id: -1 } },
    },
    { about: 'oneself, by a key', as: 'largest', path: '/api/app/me' },
    { about: 'oneself, by a key', as: 'small', path: '/api/app/me' },
  ],
}
