import { config, requireConfig } from '../../config.ts'
import type { Plan } from '../../limits/plans.ts'

/** The plan that a Polar product sells; a product this deployment does not know gives starter. */
export function planOfProduct(productId: string | null): Plan {
  return (productId !== null && soldPlans().get(productId)) || 'starter'
}

/** The product that sells a plan. @throws NotConfigured */
export function productOf(plan: Exclude<Plan, 'starter'>): string {
  return plan === 'professional'
    ? requireConfig('POLAR_PRODUCT_PROFESSIONAL').POLAR_PRODUCT_PROFESSIONAL
    : requireConfig('POLAR_PRODUCT_ENTERPRISE').POLAR_PRODUCT_ENTERPRISE
}

/** Whether a setting names the plan of this product. */
export function isSold(productId: string): boolean {
  return soldPlans().has(productId)
}

function soldPlans(): Map<string | undefined, Plan> {
  const { POLAR_PRODUCT_PROFESSIONAL, POLAR_PRODUCT_ENTERPRISE } = config()
  return new Map([
    [POLAR_PRODUCT_PROFESSIONAL, 'professional'],
    [POLAR_PRODUCT_ENTERPRISE, 'enterprise'],
  ])
}
