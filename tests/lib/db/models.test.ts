import { describe, expect, it } from 'vitest'
import * as models from '../../../models/index.ts'

type Index = [keys: Record<string, 1 | -1>, options?: object]
type Expected = { collection: string; indexes: Index[] }

const fr = { locale: 'fr', strength: 2 }

/** The reference's collections, with each index it names for a model: a contract with existing data. */
const reference: Record<string, Expected> = {
  User: {
    collection: 'users',
    indexes: [
      [{ clerkId: 1 }, { unique: true }],
      [{ email: 1 }],
      [{ plan: 1 }],
      [{ subscriptionStatus: 1, plan: 1 }],
    ],
  },
  Contact: {
    collection: 'contacts',
    indexes: [
      [{ email: 1 }, { unique: true, collation: fr }],
      [{ status: 1 }],
      [{ createdAt: -1 }],
      [{ status: 1, createdAt: -1 }],
      [{ clerkId: 1 }, { sparse: true }],
    ],
  },
  DemoRequest: {
    collection: 'demorequests',
    indexes: [[{ email: 1 }], [{ status: 1 }], [{ company: 1 }], [{ createdAt: -1 }]],
  },
  ApiKey: {
    collection: 'apikeys',
    indexes: [
      [{ clerkId: 1 }],
      [{ keyHash: 1 }, { unique: true }],
      [{ keyPrefix: 1 }],
      [{ clerkId: 1, revokedAt: 1 }],
      [{ revokedAt: 1, clerkId: 1 }],
      [{ revokedAt: 1, keyPrefix: 1 }],
    ],
  },
  ChatConversation: {
    collection: 'chatconversations',
    indexes: [
      [{ sessionId: 1 }],
      [{ clerkId: 1 }],
      [{ clerkId: 1, conversationStatus: 1 }],
      [{ lastMessageAt: -1 }],
    ],
  },
  KnowledgeFile: {
    collection: 'knowledgefiles',
    indexes: [[{ path: 1 }, { unique: true }], [{ clerkId: 1 }], [{ createdAt: -1 }]],
  },
  AnalyticsEvent: {
    collection: 'analyticevents',
    indexes: [[{ event: 1 }], [{ clerkId: 1 }], [{ clerkId: 1, event: 1 }], [{ createdAt: -1 }]],
  },
  UsageLog: {
    collection: 'usagelogs',
    indexes: [
      [{ clerkId: 1 }],
      [{ endpoint: 1 }],
      [{ status: 1 }],
      [{ clerkId: 1, createdAt: -1 }],
      [{ endpoint: 1, status: 1 }],
      [{ createdAt: 1 }, { expireAfterSeconds: 7_776_000 }],
    ],
  },
  Feedback: {
    collection: 'feedbacks',
    indexes: [
      [{ formType: 1 }],
      [{ createdAt: -1 }],
      [{ formType: 1, createdAt: -1 }],
      [{ clerkId: 1 }, { sparse: true }],
    ],
  },
  PolarEvent: { collection: 'polarevents', indexes: [[{ eventId: 1 }, { unique: true }], [{ type: 1 }]] },
}

const named = models as unknown as Record<string, typeof models.User>

describe.each(Object.entries(reference))('%s', (name, { collection, indexes }) => {
  const model = named[name]

  it(`lies in ${collection}`, () => {
    expect(model?.collection.collectionName).toBe(collection)
  })

  it('has the indexes of the reference in the database, options and all', async () => {
    const found = ((await model?.collection.listIndexes().toArray()) ?? []).map(
      ({ key, unique, sparse, expireAfterSeconds, collation }) => ({
        keys: Object.entries(key),
        ...(unique && { unique }),
        ...(sparse && { sparse }),
        ...(expireAfterSeconds !== undefined && { expireAfterSeconds }),
        ...(collation && { collation: { locale: collation.locale, strength: collation.strength } }),
      }),
    )
    for (const [keys, options] of indexes)
      expect(found).toContainEqual({ keys: Object.entries(keys), ...options })
  })

  it('notes when a document came and changed', () => {
    expect(model?.schema.options.timestamps).toBeTruthy()
    expect(model?.schema.path('createdAt')).toBeDefined()
    expect(model?.schema.path('updatedAt')).toBeDefined()
  })

  it('keeps the ids of MongoDB', () => {
    expect(model?.schema.path('_id').instance).toBe('ObjectId')
  })
})
