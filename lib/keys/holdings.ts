import { ApiKey } from '../../models/api-key.ts'
import { plainHolding } from '../privacy/rows.ts'

export const apiKeys = plainHolding({
  name: 'api-keys',
  about: 'Your API keys, revoked ones too, without their secrets.',
  model: ApiKey,
  hidden: { keyHash: 0 },
})
