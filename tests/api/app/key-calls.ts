import { type Answer, call } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'

export const path = '/api/app/api-keys'

/** Who a key says it is. */
export const me = (key: string): Promise<Answer> =>
  call('GET', '/api/app/me', { headers: { 'X-API-Key': key } })

export const create = (tenant: Tenant) => tenant.call('POST', path, { json: {} })
export const revoke = (tenant: Tenant, id: string) => tenant.call('DELETE', `${path}?keyId=${id}`)
export const restore = (tenant: Tenant, id: string) =>
  tenant.call('POST', `${path}?action=restore&keyId=${id}`)

/** Rotates with an hour of grace unless another time is given. */
export const rotate = (tenant: Tenant, id: string, graceSeconds = 3_600) =>
  tenant.call('POST', `${path}?action=rotate&keyId=${id}&graceSeconds=${graceSeconds}`)
