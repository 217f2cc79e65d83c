import { createHash, randomBytes } from 'node:crypto'
import type { Stage } from './stage.ts'

/** As many keys as a floor looks one up among. */
const STORED = 10_000

/** The headers of requests with `used` of the keys that a floor knows. */
export async function floorKeys(stage: Stage, used: number): Promise<{ Authorization: string }[]> {
  const client = await stage.client()
  const secrets = Array.from({ length: STORED }, () => `tc_live_${randomBytes(24).toString('hex')}`)
  const stored = secrets.map((secret, position) => ({
    prefix: secret.slice(0, 20),
    sha256: createHash('sha256').update(secret).digest(),
    tenant: `tenant_${position % 500}`,
    plan: 'professional',
  }))
  const keys = client.db('floor').collection('apikeys')
  await keys.insertMany(stored)
  await keys.createIndex({ prefix: 1 }, { unique: true })
  return secrets.slice(0, used).map(secret => ({ Authorization: `Bearer ${secret}` }))
}
