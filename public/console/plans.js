import { bytes, number } from './format.js'

/** The plans, lowest first: what each allows, by the names of the API. The page brings them along. */
export const PLANS = JSON.parse(document.querySelector('meta[name="plans"]').content)

/** Null is unlimited. */
export const LIMITS = {
  chatMessages: { label: 'Chat messages a month', amount: number },
  files: { label: 'Files', amount: number },
  bytes: { label: 'Storage in all', amount: bytes },
  bytesPerFile: { label: 'Size of one file', amount: bytes },
  apiKeys: { label: 'API keys', amount: number },
  requestsPerMinute: { label: 'Requests a minute', amount: number },
}

export function planName(plan) {
  return plan[0].toUpperCase() + plan.slice(1)
}
