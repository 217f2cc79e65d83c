import { missingToReconcile, reconcileDue } from '../billing/reconcile.ts'

export type DailyReport = { billing: { checked: number; changed: number; failed: number } }

/** The daily work: as much as fits the time of a function, safe to run twice at once. */
export async function runDaily(): Promise<DailyReport> {
  if (missingToReconcile().length > 0) return { billing: { checked: 0, changed: 0, failed: 0 } }
  const { checked, changed, failed } = await reconcileDue()
  return { billing: { checked, changed, failed } }
}
