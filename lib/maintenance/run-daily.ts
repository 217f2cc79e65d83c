import { missingToReconcile, reconcileDue } from '../billing/reconcile.ts'
import { retainConversations } from '../chat/retain-conversations.ts'
import { settle } from '../figures/settle.ts'
import { type ResumeReport, resumeStuckFiles } from '../knowledge/resume-files.ts'
import { sweepAllUploads } from '../knowledge/sweep-uploads.ts'
import { log } from '../log.ts'
import { settleFigures } from '../overview/settle-figures.ts'
import { purgeDeletedAccounts } from '../privacy/purge-accounts.ts'

/** The longest that figures of another day are begun. */
const FIGURES_MS = 60_000

type Billing = { checked: number; changed: number; failed: number }

/** What each part did; null for one that failed. */
export type DailyReport = {
  billing: Billing | null
  files: ResumeReport | null
  uploads: { swept: number } | null
  conversations: { removed: number; archived: number } | null
  accounts: { purged: number; remaining: number } | null
  figures: { days: number } | null
}

/**
 * The daily work: as much as fits the time of a function, safe to run twice at once. Its parts run beside each
 * other, so that each has that time, and none is stopped by another that fails.
 */
export async function runDaily(): Promise<DailyReport> {
  const [billing, files, uploads, conversations, accounts, figures] = await Promise.all([
    part('billing', reconcile),
    part('files', resumeStuckFiles),
    part('uploads', sweepAllUploads),
    part('conversations', retainConversations),
    part('accounts', purgeDeletedAccounts),
    part('figures', makeFigures),
  ])
  return { billing, files, uploads, conversations, accounts, figures }
}

async function part<T>(name: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    log().error({ err: error, part: name }, 'a part of the daily work failed')
    return null
  }
}

async function reconcile(): Promise<Billing> {
  if (missingToReconcile().length > 0) return { checked: 0, changed: 0, failed: 0 }
  const { checked, changed, failed } = await reconcileDue()
  return { checked, changed, failed }
}

async function makeFigures(): Promise<{ days: number }> {
  const report = await settleFigures()
  await settle({ until: new Date(Date.now() + FIGURES_MS) })
  return report
}
