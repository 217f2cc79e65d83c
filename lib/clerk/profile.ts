import { z } from 'zod'

const emailAddress = z.object({
  id: z.string(),
  email_address: z.string(),
  verification: z.object({ status: z.string().nullish() }).nullish(),
})

/** The user object of Clerk's API and webhooks, as far as this product reads it. */
export const clerkUser = z.object({
  id: z.string().min(1),
  email_addresses: z.array(emailAddress).default([]),
  primary_email_address_id: z.string().nullish(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  image_url: z.string().nullish(),
  public_metadata: z.record(z.string(), z.unknown()).nullish(),
  updated_at: z.number(),
})

/** A person as Clerk knows them at `updatedAt` (ms since the epoch). */
export type ClerkProfile = {
  clerkId: string
  /** The primary address, without one the first that is verified; null for a person who has neither. */
  email: string | null
  firstName: string | null
  lastName: string | null
  imageUrl: string | null
  role: 'user' | 'admin'
  updatedAt: number
}

/** Reads Clerk's user object. */
export function toProfile(user: z.output<typeof clerkUser>): ClerkProfile {
  const primary =
    user.email_addresses.find(({ id }) => id === user.primary_email_address_id) ??
    user.email_addresses.find(({ verification }) => verification?.status === 'verified')
  return {
    clerkId: user.id,
    email: primary?.email_address ?? null,
    firstName: user.first_name ?? null,
    lastName: user.last_name ?? null,
    imageUrl: user.image_url ?? null,
    role: user.public_metadata?.role === 'admin' ? 'admin' : 'user',
    updatedAt: user.updated_at,
  }
}
