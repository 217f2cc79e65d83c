import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { config, requireConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import { type ClerkProfile, clerkUser, toProfile } from './profile.ts'

const TIMEOUT_MS = 5_000

/** Clerk's own word for nobody; any other 404 comes from a wrong address. */
const nobody = z.object({
  status: z.literal(404),
  errors: z.tuple([z.object({ code: z.literal('resource_not_found') })]),
})

/** Asks Clerk's API for a person; null when Clerk does not know them. @throws AppError `unavailable` */
export async function fetchClerkProfile(clerkId: string): Promise<ClerkProfile | null> {
  const { CLERK_SECRET_KEY } = requireConfig('CLERK_SECRET_KEY')
  const { CLERK_API_URL } = config()
  const { createClerkClient } = await import('@clerk/backend')
  const clerk = createClerkClient({
    secretKey: CLERK_SECRET_KEY,
    ...(CLERK_API_URL && { apiUrl: CLERK_API_URL }),
  })
  try {
    const user = await Promise.race([clerk.users.getUser(clerkId), giveUp()])
    return toProfile(clerkUser.parse(user.raw))
  } catch (error) {
    if (nobody.safeParse(error).success) return null
    throw new AppError('unavailable', 'The sign-in service cannot be reached just now.', {}, { cause: error })
  }
}

/** The SDK waits for ever; a person signing in does not. */
async function giveUp(): Promise<never> {
  await sleep(TIMEOUT_MS, undefined, { ref: false })
  throw new Error(`Clerk did not answer within ${TIMEOUT_MS} ms`)
}
