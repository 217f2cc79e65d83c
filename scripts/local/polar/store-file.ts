import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writePrivateFile } from '../../lib/whole-file.ts'
import type { Store } from './store.ts'

const kept = z.object({
  customers: z.array(z.custom<MapValue<'customers'>>(hasId)),
  announced: z.array(z.string()),
  checkouts: z.array(z.custom<MapValue<'checkouts'>>(hasId)),
  subscriptions: z.array(z.custom<MapValue<'subscriptions'>>(hasId)),
})

type MapValue<N extends 'customers' | 'checkouts' | 'subscriptions'> =
  Store[N] extends Map<string, infer Value> ? Value : never

/**
 * Fills a store with what its file holds. Gives the function that writes the file anew if the store changed
 * meanwhile. Sessions of the portal are not kept. @throws Error when the file is something else.
 */
export async function openStoreFile(store: Store, file: string): Promise<() => Promise<void>> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text !== null) fill(store, text, file)
  let written = textOf(store)
  let writing = Promise.resolve()

  async function write(): Promise<void> {
    const text = textOf(store)
    if (text === written) return
    await writePrivateFile(file, text)
    written = text
  }

  return () => {
    writing = writing.catch(() => undefined).then(write)
    return writing
  }
}

function fill(store: Store, text: string, file: string): void {
  const found = kept.safeParse(jsonOf(text)).data
  if (!found) throw new Error(`${file} is not what Polar's stand-in wrote there. Remove it to begin anew.`)
  for (const customer of found.customers) store.customers.set(customer.id, customer)
  for (const id of found.announced) store.announced.add(id)
  for (const checkout of found.checkouts) store.checkouts.set(checkout.id, checkout)
  for (const subscription of found.subscriptions) store.subscriptions.set(subscription.id, subscription)
}

function textOf({ customers, announced, checkouts, subscriptions }: Store): string {
  return JSON.stringify({
    customers: [...customers.values()],
    announced: [...announced],
    checkouts: [...checkouts.values()],
    subscriptions: [...subscriptions.values()],
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function hasId(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
}
