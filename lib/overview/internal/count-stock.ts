import { Contact } from '../../../models/contact.ts'
import { DemoRequest } from '../../../models/demo-request.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { PolarEvent } from '../../../models/polar-event.ts'
import { User } from '../../../models/user.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { PLAN_NAMES, type Plan } from '../../limits/plans.ts'
import type { Overview } from '../contracts.ts'

export type Stock = Omit<Overview, 'days'>

/** How many there are of what an admin looks after, each counted in an index. */
export async function countStock(now: Date): Promise<Stock> {
  const [
    plans,
    suspended,
    deleted,
    failedFiles,
    processing,
    pendingEvents,
    failedEvents,
    contacts,
    demoRequests,
  ] = await Promise.all([
    countPlans(),
    countSuspended(now),
    User.countDocuments({ deletedAt: { $type: 'date' } }, ACROSS_TENANTS).hint({ deletedAt: 1, plan: 1 }),
    countFiles('failed'),
    countFiles('processing'),
    PolarEvent.countDocuments({ status: 'pending' }),
    PolarEvent.countDocuments({ status: 'failed' }),
    Contact.countDocuments({ status: 'new' }),
    DemoRequest.countDocuments({ status: 'pending' }),
  ])
  const total = Object.values(plans).reduce((sum, count) => sum + count, 0)
  return {
    users: { total, suspended, deleted },
    plans,
    files: { failed: failedFiles, processing },
    billingEvents: { pending: pendingEvents, failed: failedEvents },
    contacts: { new: contacts },
    demoRequests: { pending: demoRequests },
  }
}

async function countPlans(): Promise<Record<Plan, number>> {
  const counted = PLAN_NAMES.map(async plan => {
    const filter = { deletedAt: null, plan }
    return [plan, await User.countDocuments(filter, ACROSS_TENANTS).hint({ deletedAt: 1, plan: 1 })] as const
  })
  return Object.fromEntries(await Promise.all(counted)) as Record<Plan, number>
}

/** Of the accounts that are not deleted, those whose suspension is not over. */
function countSuspended(now: Date): Promise<number> {
  const isLasting = [{ 'suspension.until': null }, { 'suspension.until': { $gt: now } }]
  const filter = { 'suspension.at': { $type: 'date' }, deletedAt: null, $or: isLasting } as const
  return User.countDocuments(filter, ACROSS_TENANTS).hint({ 'suspension.at': -1, _id: -1 })
}

function countFiles(status: 'failed' | 'processing'): Promise<number> {
  return KnowledgeFile.countDocuments({ status }, ACROSS_TENANTS)
}
