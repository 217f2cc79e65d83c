import type { Model, QueryFilter } from 'mongoose'
import type { Holding } from '../privacy/holding.ts'
import { plainHolding, removeRows } from '../privacy/rows.ts'

type Summed<D, F> = Pick<Holding, 'name' | 'about'> & { model: Model<D>; figures: Model<F> }

/**
 * A log each row of which is one tenant's by its `clerkId`, with the figures made of it, which tell nothing that the
 * rows do not.
 */
export function summedHolding<D, F>({ figures, ...plain }: Summed<D, F>): Holding {
  const rows = plainHolding(plain)
  return {
    ...rows,
    collections: [...rows.collections, figures.collection.collectionName],
    async remove(owner, deadline) {
      const made = { unit: { $in: ['hour', 'day'] }, clerkId: owner.clerkId } as QueryFilter<F>
      return (await rows.remove(owner, deadline)) && removeRows(figures, made, deadline)
    },
  }
}
