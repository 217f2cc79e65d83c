import type { CustomerRef } from './change.ts'

/** Where in its payload an event of any type may name its customer. */
export const EXTERNAL_IDS = ['customer.external_id', 'external_customer_id', 'external_id']
export const IDS = ['customer.id', 'customer_id', 'id']
export const EMAILS = ['customer.email', 'customer_email', 'email']

type Named = { type: string; payload?: unknown; customer?: Partial<CustomerRef> | null | undefined }

/** Whom an event of any type is about, read from its payload where nobody did yet. */
export function refOf({ type, payload, customer }: Named): CustomerRef {
  const { externalId = null, id = null, email = null } = customer ?? {}
  if (externalId ?? id ?? email) return { externalId, id, email }
  const data = dataOf(payload)
  const first = (places: string[]) => places.map(place => textAt(data, place)).find(text => text !== null)
  const ids = type.startsWith('customer.') ? ['id'] : IDS.filter(place => place !== 'id')
  return {
    externalId: first(EXTERNAL_IDS) ?? null,
    id: first(ids) ?? null,
    email: first(EMAILS)?.trim().toLowerCase() ?? null,
  }
}

/** A payload may be kept as text, and that be no JSON. */
function dataOf(payload: unknown): unknown {
  try {
    const event = typeof payload === 'string' ? JSON.parse(payload) : payload
    return (event as { data?: unknown } | null)?.data
  } catch {
    return null
  }
}

function textAt(data: unknown, place: string): string | null {
  const found = place
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name], data)
  return typeof found === 'string' && found !== '' ? found : null
}
