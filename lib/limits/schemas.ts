import { z } from 'zod'

const limit = z.number().int().nullable()

/** Wire shape of a set of limits. */
export const limitsSchema = z.object({
  requestsPerMinute: limit,
  chatMessages: limit,
  files: limit,
  bytes: limit,
  bytesPerFile: limit,
  apiKeys: limit,
})
