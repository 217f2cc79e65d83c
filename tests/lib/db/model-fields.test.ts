import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SchemaType } from 'mongoose'
import { describe, expect, it } from 'vitest'
import * as models from '../../../models/index.ts'

type Field = { name: string; type: string; notes: string }
const named = models as unknown as Record<string, typeof models.User>

/** The reference's fields as `name: Type (notes)`, without those of messages inside a conversation. */
const fields: Record<string, string[]> = {
  User: [
    'clerkId: String (required)',
    'email: String (required, lowercase, trimmed)',
    "plan: String (enum: ['starter', 'professional', 'enterprise'], default: 'starter')",
    "subscriptionStatus: String (enum: ['active', 'canceled', 'past_due', 'trialing', null], default: null)",
    'polarCustomerId: String (default: null)',
    'polarSubscriptionId: String (default: null)',
    'firstName: String (default: null)',
    'lastName: String (default: null)',
    'imageUrl: String (default: null)',
    'deletedAt: Date (default: null)',
  ],
  Contact: [
    'name: String (required, maxlength: 100, trimmed)',
    'email: String (required, lowercase, trimmed, maxlength: 254)',
    'phone: String (default: null)',
    'company: String (default: null)',
    'message: String (required)',
    "source: String (default: 'website')",
    "status: String (enum: ['new', 'contacted', 'qualified', 'closed'], default: 'new')",
    "type: String (default: 'contact')",
    'clerkId: String (default: null)',
  ],
  DemoRequest: [
    'name: String (required)',
    'email: String (required, lowercase, trimmed)',
    'company: String (required)',
    'phone: String (default: null)',
    'jobTitle: String (default: null)',
    'companySize: String (default: null)',
    'industry: String (default: null)',
    'businessNeeds: String (required)',
    'useCase: String (default: null)',
    'timeline: String (default: null)',
    'message: String (default: null)',
    'preferredDate: Date (default: null)',
    "status: String (enum: ['pending', 'scheduled', 'completed', 'canceled'], default: 'pending')",
    "type: String (default: 'demo_request')",
    'clerkId: String (default: null)',
  ],
  ApiKey: [
    'clerkId: String (required)',
    'keyHash: String (required)',
    'keyPrefix: String (required)',
    'name: String (default: null)',
    'revokedAt: Date (default: null)',
    'lastUsedAt: Date (default: null)',
  ],
  ChatConversation: [
    'sessionId: String (required)',
    'conversationId: String (default: null)',
    'userEmail: String (default: null)',
    'clerkId: String (default: null)',
    'messageCount: Number (default: 0)',
    'metadata: Mixed (default: {})',
    "conversationStatus: String (enum: ['active', 'archived', 'deleted'], default: 'active')",
    "type: String (default: 'chat')",
  ],
  KnowledgeFile: [
    'path: String (required)',
    'name: String (required)',
    'size: Number (default: 0)',
    "mimeType: String (default: 'application/octet-stream')",
    'summary: String (default: null)',
    "storageProvider: String (enum: ['mongodb_gridfs', 's3', 'cloudflare_r2'], default: 'mongodb_gridfs')",
    'storagePath: String (default: null)',
    'clerkId: String (default: null)',
  ],
  AnalyticsEvent: [
    'event: String (required)',
    'metadata: Mixed (default: {})',
    'clerkId: String (default: null)',
  ],
  UsageLog: [
    'clerkId: String (required)',
    'endpoint: String (required)',
    "method: String (enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], required)",
    'status: Number (required)',
    'responseTimeMs: Number (default: null)',
    'userAgent: String (default: null)',
    'ip: String (default: null)',
    'metadata: Mixed (default: {})',
  ],
  Feedback: [
    "formType: String (enum: ['demo', 'contact'], required)",
    'rating: Number (required, min: 1, max: 5)',
    'feedbackText: String (trimmed, maxlength: 2000)',
    'userEmail: String (trimmed, lowercase)',
    'userCompany: String (trimmed)',
    'allowFollowup: Boolean (default: false)',
    'clerkId: String ()',
  ],
  PolarEvent: ['eventId: String (required)', 'type: String (required)', 'payload: Mixed (required)'],
}

function parseField(text: string): Field {
  const [, name = '', type = '', notes = ''] = /^(\w+): (\w+) \((.*)\)$/.exec(text) ?? []
  return { name, type, notes }
}

/** What a note of the reference asks of the options a schema declares. */
function optionsOf(notes: string): object {
  const single = (pattern: RegExp) => pattern.exec(notes)?.[1]
  const value = (text: string) => JSON.parse(text.replaceAll("'", '"'))
  const [choices, preset] = [single(/enum: (\[.*?\])/), single(/default: ('[^']*'|\w+|\{\})/)]
  const [least, most, longest] = [single(/min: (\d+)/), single(/max: (\d+)/), single(/maxlength: (\d+)/)]
  return {
    ...(notes.includes('required') && { required: true }),
    ...(notes.includes('lowercase') && { lowercase: true }),
    ...(notes.includes('trimmed') && { trim: true }),
    ...(choices && { enum: value(choices) }),
    ...(preset && { default: value(preset) }),
    ...(least && { min: Number(least) }),
    ...(most && { max: Number(most) }),
    ...(longest && { maxlength: Number(longest) }),
  }
}

describe.each(Object.entries(fields))('%s', (name, declared) => {
  it.each(declared.map(text => [text]))('has %s', text => {
    const { name: field, type, notes } = parseField(text)
    const path = named[name]?.schema.path(field) as (SchemaType & { options: object }) | undefined
    expect(path?.instance).toBe(type)
    expect(path?.options).toMatchObject(optionsOf(notes))
    if (!notes.includes('required')) expect(path?.options).not.toHaveProperty('required', true)
  })
})

describe('the odd ones', () => {
  it('stamp messages and conversations with the time', async () => {
    const before = Date.now()
    const made = new models.ChatConversation({ sessionId: 's', messages: [{ role: 'user', content: 'x' }] })
    expect(made.messages[0]?.timestamp.getTime()).toBeGreaterThanOrEqual(before)
    expect(made.lastMessageAt.getTime()).toBeGreaterThanOrEqual(before)
    await expect(made.validate()).resolves.toBeUndefined()
    made.set('messages', [{ role: 'system', content: 'x' }])
    await expect(made.validate()).rejects.toThrow(/`system` is not a valid enum value/)
  })

  it('keep the vector of a file as plain numbers', () => {
    const file = new models.KnowledgeFile({ path: 'p', name: 'n', embedding: [0.5, -0.25] })
    expect(file.toObject().embedding).toEqual([0.5, -0.25])
    expect(new models.KnowledgeFile({ path: 'p', name: 'n' }).toObject().embedding).toEqual([])
  })

  it('store empty metadata as an empty object', async () => {
    const { _id } = await models.AnalyticsEvent.create({ event: 'page_view' })
    expect(await models.AnalyticsEvent.findOne({ _id, clerkId: null }).lean()).toMatchObject({ metadata: {} })
  })
})

describe('the models’ folder', () => {
  it('holds one model per file, all of them in the index', async () => {
    const folder = join(import.meta.dirname, '..', '..', '..', 'models')
    const index = await readFile(join(folder, 'index.ts'), 'utf8')
    const exported = [...index.matchAll(/from '\.\/([\w-]+)\.ts'/g)].map(([, file]) => file)
    for (const file of exported) {
      const source = await readFile(join(folder, `${file}.ts`), 'utf8')
      expect(source.match(/defineModel\(/g), file).toHaveLength(1)
    }
    expect(exported.length).toBe(Object.keys(named).filter(name => /^[A-Z][a-z]/.test(name)).length)
  })
})
