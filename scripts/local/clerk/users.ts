import type { EmailAddressJSON, UserJSON, VerificationJSON } from '@clerk/backend'

/** What a test or a developer says about a user; everything else is made up. `email: null` means none. */
export type ClerkProfile = {
  id: string
  email?: string | null
  firstName?: string | null
  lastName?: string | null
  imageUrl?: string
  role?: string
  updatedAt?: number
  createdAt?: number
}

/** A user as Clerk's Backend API answers it, which is also the `data` of user.created and user.updated. */
export function clerkUserData(profile: ClerkProfile): UserJSON {
  const updatedAt = profile.updatedAt ?? Date.now()
  const email = profile.email === undefined ? `${profile.id}@example.com` : profile.email
  const addresses = email === null ? [] : [emailAddress(profile.id, email)]
  return {
    id: profile.id,
    object: 'user',
    username: null,
    first_name: profile.firstName ?? null,
    last_name: profile.lastName ?? null,
    image_url: profile.imageUrl ?? `https://img.example.com/${profile.id}.png`,
    has_image: profile.imageUrl !== undefined,
    primary_email_address_id: addresses[0]?.id ?? null,
    email_addresses: addresses,
    public_metadata: profile.role === undefined ? {} : { role: profile.role },
    created_at: profile.createdAt ?? updatedAt,
    updated_at: updatedAt,
    ...unusedFields,
  }
}

function emailAddress(userId: string, email: string): EmailAddressJSON {
  return {
    id: `idn_${userId.replace(/^user_/, '')}`,
    object: 'email_address',
    email_address: email,
    verification,
    linked_to: [],
  }
}

// Clerk sends no id and no object here, though the SDK's type has them.
const verification = {
  status: 'verified',
  strategy: 'email_code',
  attempts: 1,
  expire_at: null,
} as VerificationJSON

const unusedFields = {
  primary_phone_number_id: null,
  primary_web3_wallet_id: null,
  password_enabled: true,
  two_factor_enabled: false,
  totp_enabled: false,
  backup_code_enabled: false,
  phone_numbers: [],
  web3_wallets: [],
  organization_memberships: null,
  external_accounts: [],
  enterprise_accounts: [],
  password_last_updated_at: null,
  private_metadata: {},
  unsafe_metadata: {},
  external_id: null,
  last_sign_in_at: null,
  banned: false,
  locked: false,
  lockout_expires_in_seconds: null,
  verification_attempts_remaining: null,
  last_active_at: null,
  create_organization_enabled: true,
  create_organizations_limit: null,
  delete_self_enabled: true,
  legal_accepted_at: null,
  locale: null,
} satisfies Partial<UserJSON>
