import type { models } from '@polar-sh/sdk/2026-10'
import { defaultProducts, organizationId, type ProductIds, stableUuid } from './ids.ts'

export const currency = 'eur'
const createdAt = '2024-01-01T00:00:00.000000Z'

/** A monthly plan; any id that is not the enterprise product is sold as Professional. */
export function polarProduct(id: string, products: ProductIds = defaultProducts): models.Product {
  const plan = id === products.enterprise ? enterprise : professional
  return {
    id,
    created_at: createdAt,
    modified_at: null,
    trial_interval: null,
    trial_interval_count: null,
    name: plan.name,
    description: plan.description,
    visibility: 'public',
    recurring_interval: 'month',
    recurring_interval_count: 1,
    meter_interval: null,
    meter_interval_count: null,
    is_recurring: true,
    is_archived: false,
    organization_id: organizationId,
    metadata: {},
    is_deletable: false,
    prices: [fixedPrice(id, plan.amount)],
    benefits: [],
    medias: [],
    attached_custom_fields: [],
  }
}

const professional = { name: 'Professional', description: 'For teams at work every day', amount: 2_900 }
const enterprise = { name: 'Enterprise', description: 'Without limits', amount: 19_900 }

/** What the product costs per period, in cents. */
export function productAmount(id: string, products: ProductIds = defaultProducts): number {
  return (id === products.enterprise ? enterprise : professional).amount
}

function fixedPrice(productId: string, amount: number): models.ProductPriceFixed {
  return {
    id: stableUuid(`price ${productId}`),
    created_at: createdAt,
    modified_at: null,
    source: 'catalog',
    amount_type: 'fixed',
    price_currency: currency,
    tax_behavior: null,
    is_archived: false,
    product_id: productId,
    price_amount: amount,
  }
}
