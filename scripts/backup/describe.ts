import type { BSON, Db } from 'mongodb'
import type { Described } from './format.ts'

// Numbers as they are stored: an index of {a: 1.0} is not one of {a: NumberInt(1)} to every tool.
const AS_STORED = { promoteValues: false, bsonRegExp: true }

/**
 * Every collection and view of the database with its options and indexes. What the server keeps for itself
 * (system.*) is left out.
 * @throws Error for a time series, whose buckets are another format
 */
export async function describe(db: Db): Promise<Described[]> {
  const listed = await db.listCollections({}, { ...AS_STORED, nameOnly: false }).toArray()
  const described: Described[] = []
  for (const { name, type = 'collection', options = {}, info } of listed) {
    if (name.startsWith('system.')) continue
    if (type === 'timeseries') throw new Error(`${name} is a time series: use mongodump for this database.`)
    const isView = type === 'view'
    const indexes: BSON.Document[] = isView ? [] : await db.collection(name).listIndexes(AS_STORED).toArray()
    const uuid = info?.uuid ? Buffer.from(info.uuid.buffer).toString('hex') : ''
    described.push({ db: db.databaseName, collection: name, type, uuid, options, indexes })
  }
  return described.sort((a, b) => (a.collection < b.collection ? -1 : 1))
}
