import { setTimeout as sleep } from 'node:timers/promises'
import { config, requireConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import { type ClerkProfile, clerkUser, toProfile } from './profile.ts'

const TIMEOUT_MS = 5_000

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
    if (error instanceof Error && 'status' in error && error.status === 404) return null
    throw new AppError('unavailable', 'The sign-in service cannot be reached just now.', {}, { cause: error })
  }
}

/** The SDK waits for ever; a person signing in does not. */
async function giveUp(): Promise<never> {
  await sleep(TIMEOUT_MS, undefined, { ref: false })
  throw new Error(`Clerk did not answer within ${TIMEOUT_MS} ms`)
}
