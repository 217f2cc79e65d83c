import { randomBytes, randomUUID } from 'node:crypto'
import type { models } from '@polar-sh/sdk/2026-10'
import { organizationId, type ProductIds } from './ids.ts'
import { currency, polarProduct, productAmount } from './products.ts'
import { polarTimestamp } from './webhooks.ts'

export type CheckoutInput = {
  id?: string
  status?: models.CheckoutStatus
  externalId?: string | null
  customerId?: string | null
  email?: string | null
  productId: string
  products?: ProductIds
  origin?: string
  successUrl?: string | null
  returnUrl?: string | null
  subscriptionId?: string | null
  metadata?: models.MetadataOutputType
}

/** A checkout as the API answers it, which is also the `data` of checkout.* events. */
export function polarCheckout(input: CheckoutInput): models.Checkout {
  const id = input.id ?? randomUUID()
  const clientSecret = `polar_c_${randomBytes(24).toString('base64url')}`
  const url = `${input.origin ?? 'http://127.0.0.1'}/checkout/${clientSecret}`
  const product = polarProduct(input.productId, input.products)
  const amount = productAmount(input.productId, input.products)
  return {
    id,
    created_at: polarTimestamp(),
    modified_at: null,
    status: input.status ?? 'open',
    client_secret: clientSecret,
    url,
    expires_at: new Date(Date.now() + 3600 * 1000).toISOString(),
    success_url: input.successUrl?.replaceAll('{CHECKOUT_ID}', id) ?? `${url}/confirmation`,
    return_url: input.returnUrl ?? null,
    amount,
    net_amount: amount,
    total_amount: amount,
    currency,
    organization_id: organizationId,
    product_id: product.id,
    product_price_id: product.prices[0]?.id ?? null,
    customer_id: input.customerId ?? null,
    customer_email: input.email ?? null,
    external_customer_id: input.externalId ?? null,
    metadata: input.metadata ?? {},
    products: [product],
    product,
    product_price: product.prices[0] ?? null,
    prices: { [product.id]: product.prices },
    subscription_id: input.subscriptionId ?? null,
    ...unusedFields,
  }
}

const unusedFields = {
  custom_field_data: {},
  payment_processor: 'stripe',
  embed_origin: null,
  seats: null,
  min_seats: null,
  max_seats: null,
  units: null,
  min_units: null,
  max_units: null,
  discount_amount: 0,
  tax_amount: 0,
  tax_behavior: null,
  allow_trial: null,
  active_trial_interval: null,
  active_trial_interval_count: null,
  trial_end: null,
  trial_interval: null,
  trial_interval_count: null,
  discount_id: null,
  discount: null,
  allow_discount_codes: true,
  require_billing_address: false,
  is_discount_applicable: true,
  is_free_product_price: false,
  is_payment_required: true,
  is_payment_setup_required: true,
  is_payment_form_required: true,
  is_business_customer: false,
  customer_name: null,
  customer_ip_address: null,
  customer_billing_name: null,
  customer_billing_address: null,
  customer_tax_id: null,
  customer_metadata: {},
  locale: null,
  payment_method_type: null,
  payment_processor_metadata: {},
  billing_address_fields: {
    country: 'required',
    state: 'disabled',
    city: 'disabled',
    postal_code: 'disabled',
    line1: 'disabled',
    line2: 'disabled',
  },
  attached_custom_fields: null,
} satisfies Partial<models.Checkout>
