import { expect } from 'vitest'
import { startMongo } from '../../../scripts/mongo/start.ts'
import { type Api, startApi } from '../../helpers/api-process.ts'
import { runScript } from '../../helpers/run-script.ts'
import { startLoad } from '../mixed/load.ts'
import type { ToxicProxy, Toxiproxy } from '../toxiproxy.ts'

/** A database of its own behind a bad way, and an API process that knows it by that way alone. */
export type Lane = {
  name: string
  api: Api
  proxy: ToxicProxy
  /** The database by way of the proxy, and past it. */
  uri: string
  directUri: string
  close(): Promise<void>
}

export async function openLane(toxiproxy: Toxiproxy, name: string): Promise<Lane> {
  const way: { proxy?: ToxicProxy; port?: number } = {}
  const mongo = await startMongo({
    databaseName: 'wire',
    async reachedBy(port) {
      const proxy = await toxiproxy.open(name, port)
      Object.assign(way, { proxy, port })
      return proxy.address
    },
  })
  const { proxy, port } = way
  if (!proxy) throw new Error('the database came up without its proxy')
  const directUri = `mongodb://127.0.0.1:${port}/wire?directConnection=true`
  const indexes = await runScript('scripts/db-indexes.ts', [], { MONGODB_URI: directUri })
  expect(indexes.code, indexes.output).toBe(0)
  const api = await startApi({ MONGODB_URI: mongo.uri })
  // What a process loads at its first calls is loaded now.
  await (await startLoad({ urls: [api.url], tenants: 1, clients: 9 })).stop()
  return {
    name,
    api,
    proxy,
    uri: mongo.uri,
    directUri,
    async close() {
      await proxy.mend()
      await api.stop()
      await mongo.stop()
    },
  }
}
