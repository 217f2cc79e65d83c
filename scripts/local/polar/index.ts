import { randomBytes } from 'node:crypto'
import { dispatch, hasBearer, listen } from '../http.ts'
import { apiRoutes } from './api.ts'
import { notFound, unauthorized } from './errors.ts'
import type { ProductIds } from './ids.ts'
import { createOutbox } from './outbox.ts'
import { notFoundPage } from './pages.ts'
import { createStore } from './store.ts'
import { openStoreFile } from './store-file.ts'
import { websiteRoutes } from './website.ts'

export type PolarStandIn = {
  apiUrl: string
  accessToken: string
  webhookSecret: string
  products: ProductIds
  setWebhookUrl(url: string | undefined): void
  requests(): number
  close(): Promise<void>
}

type PolarOptions = {
  webhookUrl?: string
  port?: number
  products?: ProductIds
  /** Where it keeps what it knows; without it, in memory. */
  file?: string | undefined
}

/** Starts Polar's stand-in: its API, the pay page and portal, and signed webhooks to `webhookUrl`. */
export async function startPolar(options: PolarOptions = {}): Promise<PolarStandIn> {
  const accessToken = `polar_oat_${randomBytes(24).toString('base64url')}`
  const webhookSecret = `polar_whs_${randomBytes(24).toString('base64url')}`
  const store = createStore(options.products)
  const save = options.file ? await openStoreFile(store, options.file) : async () => {}
  const outbox = createOutbox(webhookSecret, options.webhookUrl, save)
  const api = apiRoutes(store, () => server.url)
  const website = websiteRoutes({ store, outbox })
  let requests = 0

  async function answer(request: Request): Promise<Response> {
    if (!new URL(request.url).pathname.startsWith('/v1/')) {
      return (await dispatch(website, request)) ?? notFoundPage()
    }
    requests += 1
    if (!hasBearer(request, accessToken)) return unauthorized()
    return (await dispatch(api, request)) ?? notFound()
  }

  const server = await listen(async request => {
    const response = await answer(request)
    await save()
    return response
  }, options.port)

  return {
    apiUrl: server.url,
    accessToken,
    webhookSecret,
    products: store.products,
    setWebhookUrl: outbox.setUrl,
    requests: () => requests,
    async close() {
      outbox.close()
      await server.close()
      await outbox.drained()
      await save()
    },
  }
}
