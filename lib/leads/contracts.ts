import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { id, pageOf, pageQuery, requiredText, timestamp, withChange } from '../http/schemas.ts'

const tag = 'Admin'
const MAX_NOTE = 2_000

const text = z.string().nullable()
const note = z.object({
  text: z.string(),
  author: z.object({ id, email: text }).meta({ description: 'The admin; without an address once purged' }),
  createdAt: timestamp,
})
const q = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: 'Beginnings of words of the name, the company or the address' })

const contactStatus = z.enum(['new', 'contacted', 'qualified', 'closed'])
const contactView = z
  .object({
    id,
    name: z.string(),
    email: z.string(),
    phone: text,
    company: text,
    message: z.string(),
    source: z.string(),
    status: contactStatus,
    type: z.string(),
    clerkId: text.meta({ description: 'The signed-in person who wrote first' }),
    followUpCount: z.number().int(),
    followUps: z
      .array(
        z.object({
          name: z.string(),
          phone: text,
          company: text,
          message: z.string(),
          source: z.string(),
          clerkId: text,
          createdAt: timestamp,
        }),
      )
      .meta({ description: 'What the same address sent later, oldest first; in a list the newest 20' }),
    notes: z.array(note).meta({ description: 'Oldest first; in a list the newest 20' }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Contact' })
export type ContactView = z.input<typeof contactView>

const demoStatus = z.enum(['pending', 'scheduled', 'completed', 'canceled'])
const demoRequestView = z
  .object({
    id,
    name: z.string(),
    email: z.string(),
    company: z.string(),
    phone: text,
    jobTitle: text,
    companySize: text,
    industry: text,
    businessNeeds: z.string(),
    useCase: text,
    timeline: text,
    message: text,
    preferredDate: timestamp.nullable(),
    status: demoStatus,
    type: z.string(),
    clerkId: text,
    notes: z.array(note).meta({ description: 'Oldest first; in a list the newest 20' }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'DemoRequest' })
export type DemoRequestView = z.input<typeof demoRequestView>

/** What an admin changes: the status, a note, or both. */
const moveOf = <S extends z.ZodType>(status: S) =>
  withChange(
    z.strictObject({ status: status.optional(), note: requiredText(MAX_NOTE).optional() }),
    'Send a status, a note or both',
  )

export const listContactsContract = contract({
  id: 'listContacts',
  method: 'GET',
  path: '/api/admin/contacts',
  tag,
  summary: 'Who wrote, newest first',
  callers: ['admin'],
  query: pageQuery.extend({ status: contactStatus.optional(), q }),
  responses: { 200: pageOf(contactView) },
  table: true,
})

export const getContactContract = contract({
  id: 'getContact',
  method: 'GET',
  path: '/api/admin/contacts/{id}',
  tag,
  summary: 'One contact with all they wrote',
  callers: ['admin'],
  params: z.object({ id }),
  responses: { 200: contactView },
})

export const updateContactContract = contract({
  id: 'updateContact',
  method: 'PATCH',
  path: '/api/admin/contacts/{id}',
  tag,
  summary: 'Move a contact on, or add a note',
  callers: ['admin'],
  params: z.object({ id }),
  body: moveOf(contactStatus),
  responses: { 200: contactView },
  problems: ['conflict'],
})

export const listDemoRequestsContract = contract({
  id: 'listDemoRequests',
  method: 'GET',
  path: '/api/admin/demo-requests',
  tag,
  summary: 'Who asked for a demo, newest first',
  callers: ['admin'],
  query: pageQuery.extend({ status: demoStatus.optional(), q }),
  responses: { 200: pageOf(demoRequestView) },
  table: true,
})

export const getDemoRequestContract = contract({
  id: 'getDemoRequest',
  method: 'GET',
  path: '/api/admin/demo-requests/{id}',
  tag,
  summary: 'One demo request with all its notes',
  callers: ['admin'],
  params: z.object({ id }),
  responses: { 200: demoRequestView },
})

export const updateDemoRequestContract = contract({
  id: 'updateDemoRequest',
  method: 'PATCH',
  path: '/api/admin/demo-requests/{id}',
  tag,
  summary: 'Move a demo request on, or add a note',
  callers: ['admin'],
  params: z.object({ id }),
  body: moveOf(demoStatus),
  responses: { 200: demoRequestView },
  problems: ['conflict'],
})
