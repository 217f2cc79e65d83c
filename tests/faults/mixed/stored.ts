import { type Document, MongoClient } from 'mongodb'

/** What is read of each collection. */
const FIELDS = {
  users: {},
  polarevents: { payload: 0 },
  apikeys: { keyHash: 0 },
  chatconversations: {},
  chatbuckets: {},
  usagecounters: {},
  knowledgefiles: { embedding: 0 },
  'files.files': {},
  contacts: { searchTerms: 0 },
  demorequests: {},
  feedbacks: {},
  analyticevents: {},
  usagelogs: { clerkId: 1, status: 1, 'metadata.requestId': 1 },
} as const

type Name = keyof typeof FIELDS | 'pieces'

/** What lies in the database, by collection; `pieces` are the bytes of each file in the bucket, summed up. */
export type Stored = Record<Name, Document[]>

/** Reads the whole database as a majority of its members has it. */
export async function readStored(uri: string): Promise<Stored> {
  const client = new MongoClient(uri, { readConcern: { level: 'majority' } })
  try {
    const db = client.db()
    const read = Object.entries(FIELDS).map(async ([name, projection]) => {
      return [name, await db.collection(name).find({}, { projection }).toArray()] as const
    })
    const size = { $sum: { $binarySize: '$data' } }
    const pieces = await db
      .collection('files.chunks')
      .aggregate([{ $group: { _id: '$files_id', size } }])
      .toArray()
    return { ...Object.fromEntries(await Promise.all(read)), pieces } as Stored
  } finally {
    await client.close()
  }
}
