import { config } from '../config.ts'

/** Where a client sends somebody who wants a larger plan. */
export function upgradeUrl(): string {
  const { UPGRADE_URL, PUBLIC_URL } = config()
  return UPGRADE_URL ?? `${PUBLIC_URL ?? ''}/docs/plans`
}
