import { reconcileDue } from '../billing/reconcile.ts'
import { config } from '../config.ts'

export type DailyReport = { billing: { checked: number; changed: number; failed: number } }

/** The daily work: as much as fits the time of a function, safe to run twice at once. */
export async function runDaily(): Promise<DailyReport> {
  return { billing: canReconcile() ? await reconcileDue() : { checked: 0, changed: 0, failed: 0 } }
}

/** Without any product every plan would look like none. */
function canReconcile(): boolean {
  const { POLAR_ACCESS_TOKEN, POLAR_PRODUCT_PROFESSIONAL, POLAR_PRODUCT_ENTERPRISE } = config()
  return Boolean(POLAR_ACCESS_TOKEN && (POLAR_PRODUCT_PROFESSIONAL || POLAR_PRODUCT_ENTERPRISE))
}
