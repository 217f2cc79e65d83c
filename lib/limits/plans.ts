const MiB = 1024 ** 2
const GiB = 1024 ** 3

export const LIMIT_NAMES = [
  'requestsPerMinute',
  'chatMessages',
  'files',
  'bytes',
  'bytesPerFile',
  'apiKeys',
] as const
export type LimitName = (typeof LIMIT_NAMES)[number]
/** null is unlimited. `chatMessages` is per calendar month in UTC. */
export type Limits = Record<LimitName, number | null>

/** The plans, lowest first. */
export const PLANS = {
  starter: {
    requestsPerMinute: 60,
    chatMessages: 100,
    files: 20,
    bytes: 100 * MiB,
    bytesPerFile: 10 * MiB,
    apiKeys: 2,
  },
  professional: {
    requestsPerMinute: 600,
    chatMessages: 50_000,
    files: 1_000,
    bytes: 10 * GiB,
    bytesPerFile: 100 * MiB,
    apiKeys: 20,
  },
  enterprise: {
    requestsPerMinute: 6_000,
    chatMessages: null,
    files: null,
    bytes: null,
    bytesPerFile: GiB,
    apiKeys: 100,
  },
} as const satisfies Record<string, Limits>

export type Plan = keyof typeof PLANS
export const PLAN_NAMES = Object.keys(PLANS) as [Plan, ...Plan[]]

/** What an account may use: its plan's limits, with its own overrides winning. */
export function limitsOf(account: { plan: Plan; limits: Partial<Limits> }): Limits {
  return { ...PLANS[account.plan], ...account.limits }
}
