import { createHash } from 'node:crypto'

/** A UUID that is always the same for the same name, so that ids outlive a restart. */
export function stableUuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export const organizationId = stableUuid('organization')

/** The id of the customer with this external id. */
export function customerIdOf(externalId: string): string {
  return stableUuid(`customer ${externalId}`)
}

export type ProductIds = { professional: string; enterprise: string }

export const defaultProducts: ProductIds = {
  professional: stableUuid('product professional'),
  enterprise: stableUuid('product enterprise'),
}
