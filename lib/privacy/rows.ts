import type { Model, QueryFilter } from 'mongoose'
import { eachOf } from '../db/each.ts'
import { type Deadline, hasTime } from '../deadline.ts'
import type { Holding, Owner } from './holding.ts'

/** Most documents that one command removes. */
const REMOVED_AT_ONCE = 1_000
/** Small enough that a batch of any collection's documents fits the memory of an export many times. */
const READ_AT_ONCE = 200

type Hidden = Readonly<Record<string, 0>>
type Stored = Record<string, unknown> & { _id: unknown }

/** The documents of a filter as rows: with `id` in place of `_id`, without what is hidden. */
export async function* rowsOf<D>(
  model: Model<D>,
  filter: QueryFilter<D>,
  hidden: Hidden = {},
): AsyncGenerator<Record<string, unknown>> {
  const found = model
    .find(filter, { ...hidden, __v: 0 })
    .lean<Stored[]>()
    .cursor({ batchSize: READ_AT_ONCE })
  for await (const { _id, ...fields } of eachOf(found)) yield { id: _id, ...fields }
}

/** Removes the documents of a filter batch by batch; resolves to whether none is left. */
export async function removeRows<D>(
  model: Model<D>,
  filter: QueryFilter<D>,
  deadline: Deadline,
): Promise<boolean> {
  while (hasTime(deadline)) {
    const found = await model.find(filter, { _id: 1 }).limit(REMOVED_AT_ONCE).lean<Stored[]>()
    if (found.length === 0) return true
    const ids = found.map(({ _id }) => _id)
    await model.deleteMany({ ...filter, _id: { $in: ids } } as QueryFilter<D>)
  }
  return false
}

type Plain<D> = Pick<Holding, 'name' | 'about'> & { model: Model<D>; hidden?: Hidden }

/** A collection each document of which is one tenant's by its `clerkId`. */
export function plainHolding<D>({ name, about, model, hidden = {} }: Plain<D>): Holding {
  const ownedBy = ({ clerkId }: Owner) => ({ clerkId }) as QueryFilter<D>
  return {
    name,
    about,
    collections: [model.collection.collectionName],
    rows: owner => rowsOf(model, ownedBy(owner), { ...hidden, clerkId: 0 }),
    remove: (owner, deadline) => removeRows(model, ownedBy(owner), deadline),
  }
}
