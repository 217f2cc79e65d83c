import { Types } from 'mongoose'
import type { TenantCaller, VisitorCaller } from '../auth/caller.ts'
import { config } from '../config.ts'
import { InvalidInput } from '../errors.ts'
import { addContact, type ContactReceipt, findContactReceipt } from '../leads/add-contact.ts'
import { addDemoRequest, type DemoReceipt, findDemoReceipt } from '../leads/add-demo-request.ts'
import type { Form } from './contracts.ts'

type Sender = TenantCaller | VisitorCaller
type Receipt = ContactReceipt | DemoReceipt

/**
 * Takes a contact or demo form. Who fills the trap is answered as if it had worked, and nothing is kept. An
 * `effectId` that retries share makes one of them, answered the same, without another captcha.
 * @throws InvalidInput without a captcha that holds; AppError `unavailable` when it cannot be checked, `conflict`
 */
export async function submitForm(caller: Sender, form: Form, effectId: string | null): Promise<Receipt> {
  if (form.website) return decoy(form, effectId)
  const earlier = effectId && (await findReceipt(form, effectId))
  if (earlier) return earlier
  await requirePerson(caller, form.captchaToken, effectId)
  return form.formType === 'contact'
    ? addContact(caller, form, effectId)
    : addDemoRequest(caller, form, effectId)
}

function decoy({ formType }: Form, effectId: string | null): Receipt {
  const id = effectId ?? new Types.ObjectId().toHexString()
  return formType === 'contact' ? { id, status: 'new' } : { id, status: 'pending' }
}

function findReceipt(form: Form, effectId: string): Promise<Receipt | null> {
  return form.formType === 'contact' ? findContactReceipt(form.email, effectId) : findDemoReceipt(effectId)
}

/** Where no captcha is configured, none is asked for. */
async function requirePerson(
  caller: Sender,
  token: string | undefined,
  effectId: string | null,
): Promise<void> {
  if (!config().TURNSTILE_SECRET_KEY) return
  if (!token) throw badCaptcha('Solve the captcha and send its token')
  const { verifyToken } = await import('../turnstile/verify-token.ts')
  const ip = caller.kind === 'visitor' ? caller.ip : null
  const holds = await verifyToken({ token, ip, retryKey: effectId && uuidOf(effectId) })
  if (!holds) throw badCaptcha('The captcha has expired, was used before or was not solved. Solve it again')
}

function badCaptcha(message: string): InvalidInput {
  return new InvalidInput([{ path: 'captchaToken', message }])
}

/** The 96 bits of an object id as a UUID of version 8 (RFC 9562). */
function uuidOf(id: string): string {
  const parts = [id.slice(0, 8), id.slice(8, 12), `8${id.slice(12, 15)}`, `8${id.slice(15, 18)}`]
  return [...parts, id.slice(18).padEnd(12, '0')].join('-')
}
