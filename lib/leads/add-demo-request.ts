import { Types } from 'mongoose'
import { DemoRequest } from '../../models/demo-request.ts'
import type { Caller } from '../auth/caller.ts'
import { isDuplicateKey } from '../db/faults.ts'
import type { Form } from '../forms/contracts.ts'
import { searchTermsOf } from './search-terms.ts'

export type DemoForm = Extract<Form, { formType: 'demo' }>
export type DemoReceipt = { id: string; status: 'pending' }

/** Keeps a wish for a demo. Each is one of its own; an `effectId` that retries share makes one of them. */
export async function addDemoRequest(
  { clerkId }: Pick<Caller, 'clerkId'>,
  { formType, website, captchaToken, ...asked }: DemoForm,
  effectId: string | null,
): Promise<DemoReceipt> {
  const id = effectId ?? new Types.ObjectId().toHexString()
  const searchTerms = searchTermsOf(asked.name, asked.email, asked.company)
  try {
    await DemoRequest.create({ _id: id, ...asked, clerkId, searchTerms })
  } catch (error) {
    // The id is the only unique field: an earlier attempt came so far.
    if (!isDuplicateKey(error)) throw error
  }
  return { id, status: 'pending' }
}

/** What an earlier attempt under this `effectId` was answered; null if nothing of it is kept. */
export async function findDemoReceipt(effectId: string): Promise<DemoReceipt | null> {
  const isKept = await DemoRequest.exists({ _id: effectId })
  return isKept && { id: effectId, status: 'pending' }
}
