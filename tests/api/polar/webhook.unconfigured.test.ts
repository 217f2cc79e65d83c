import { expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { expectProblem } from '../../helpers/call.ts'
import { deliverPolar } from '../../helpers/tenant.ts'

// Settings are read when the first request comes.
delete process.env.POLAR_WEBHOOK_SECRET

it('POST /api/polar/webhook names the missing secret instead of believing anybody', async () => {
  const answer = await deliverPolar('order.paid', {})
  expectProblem(answer, 503, 'not_configured')
  expect(answer.body.detail).toContain('POLAR_WEBHOOK_SECRET')
  expect(await PolarEvent.countDocuments()).toBe(0)
})
