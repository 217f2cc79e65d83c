import { z } from 'zod'
import { clerkUser, toProfile } from '../clerk/profile.ts'
import { openClerkDelivery } from '../clerk/webhook.ts'
import type { Delivery } from '../delivery.ts'
import { InvalidInput } from '../errors.ts'
import { deleteUser } from './delete-user.ts'
import { type ProfileOutcome, saveProfile } from './save-profile.ts'

export type ClerkEventOutcome = ProfileOutcome | 'deleted'

const envelope = z.object({ type: z.string(), data: z.unknown().optional() })
const deletedUser = z.object({ id: z.string().min(1) })

/** Applies a signed Clerk delivery. @throws AppError `invalid_signature`, InvalidInput */
export async function receiveClerkEvent(delivery: Delivery): Promise<ClerkEventOutcome> {
  const event = read(envelope, await openClerkDelivery(delivery))
  if (event.type === 'user.deleted') {
    await deleteUser(read(deletedUser, event.data).id)
    return 'deleted'
  }
  if (event.type !== 'user.created' && event.type !== 'user.updated') return 'ignored'
  return saveProfile(toProfile(read(clerkUser, event.data)))
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InvalidInput(result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
}
