import { submitFormContract } from '../lib/forms/contracts.ts'
import { submitForm } from '../lib/forms/submit-form.ts'
import { created, ok, otherMethods, route } from '../lib/route.ts'

export const POST = route(submitFormContract, async ({ caller, body, effectId }) => {
  const received = await submitForm(caller, body, effectId)
  return 'duplicate' in received ? ok(received) : created(received)
})
export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
