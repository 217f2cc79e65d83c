import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { emailAddress, id, instant, optionalText, requiredText } from '../http/schemas.ts'

const MAX_NAME = 100
const MAX_LINE = 200
const MAX_MESSAGE = 5_000

/** Fields of either form. */
const sender = {
  name: requiredText(MAX_NAME),
  email: emailAddress,
  phone: optionalText(40),
  website: z
    .string()
    .max(2_000)
    .optional()
    .meta({ description: 'A trap for bots: hide this field, so that people leave it empty' }),
  captchaToken: z
    .string()
    .max(2_048)
    .optional()
    .meta({ description: 'Of Cloudflare Turnstile; required where this deployment checks it' }),
}

const contactForm = z.strictObject({
  formType: z.literal('contact'),
  ...sender,
  company: optionalText(MAX_LINE),
  message: requiredText(MAX_MESSAGE),
  source: optionalText(MAX_LINE)
    .transform(source => source ?? 'website')
    .meta({ description: 'Where the form stands; website when left out' }),
})

const demoForm = z.strictObject({
  formType: z.literal('demo'),
  ...sender,
  company: requiredText(MAX_LINE),
  jobTitle: optionalText(MAX_LINE),
  companySize: optionalText(MAX_LINE),
  industry: optionalText(MAX_LINE),
  businessNeeds: requiredText(MAX_MESSAGE),
  useCase: optionalText(MAX_MESSAGE),
  timeline: optionalText(MAX_LINE),
  message: optionalText(MAX_MESSAGE),
  preferredDate: z
    .union([z.literal(''), z.null(), instant], 'Must be a date or a date and time, ISO 8601')
    .optional()
    .transform(date => date || null),
})

const form = z.discriminatedUnion('formType', [contactForm, demoForm])
export type Form = z.output<typeof form>

export const submitFormContract = contract({
  id: 'submitForm',
  method: 'POST',
  path: '/api/forms',
  tag: 'Forms',
  summary: 'Send a contact or demo form',
  description:
    'An address that wrote before, in whatever case, is no second contact: its message is kept with the first one. Visitors may send 5 forms a minute.',
  callers: ['user', 'key', 'visitor'],
  body: form,
  responses: {
    201: z.object({ id, status: z.enum(['new', 'pending']) }),
    200: z.object({ id, duplicate: z.literal(true) }),
  },
  problems: ['conflict'],
  visitorsPerMinute: 5,
})
