import { config } from '../../config.ts'
import type { Plan } from '../../limits/plans.ts'

/** The plan that a Polar product sells; a product this deployment does not know gives starter. */
export function planOfProduct(productId: string | null): Plan {
  const { POLAR_PRODUCT_PROFESSIONAL, POLAR_PRODUCT_ENTERPRISE } = config()
  if (productId === null) return 'starter'
  if (productId === POLAR_PRODUCT_ENTERPRISE) return 'enterprise'
  return productId === POLAR_PRODUCT_PROFESSIONAL ? 'professional' : 'starter'
}
