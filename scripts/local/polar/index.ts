import { randomBytes } from 'node:crypto'
import { dispatch, hasBearer, listen } from '../http.ts'
import { apiRoutes } from './api.ts'
import { notFound, unauthorized } from './errors.ts'
import type { ProductIds } from './ids.ts'
import { createOutbox } from './outbox.ts'
import { notFoundPage } from './pages.ts'
import { createStore } from './store.ts'
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

/** Starts Polar's stand-in: its API, the pay page and portal, and signed webhooks to `webhookUrl`. */
export async function startPolar(
  options: { webhookUrl?: string; port?: number; products?: ProductIds } = {},
): Promise<PolarStandIn> {
  const accessToken = `polar_oat_${randomBytes(24).toString('base64url')}`
  const webhookSecret = `polar_whs_${randomBytes(24).toString('base64url')}`
  const store = createStore(options.products)
  const outbox = createOutbox(webhookSecret, options.webhookUrl)
  const api = apiRoutes(store, () => server.url)
  const website = websiteRoutes({ store, outbox })
  let requests = 0

  const server = await listen(async request => {
    if (!new URL(request.url).pathname.startsWith('/v1/')) {
      return (await dispatch(website, request)) ?? notFoundPage()
    }
    requests += 1
    if (!hasBearer(request, accessToken)) return unauthorized()
    return (await dispatch(api, request)) ?? notFound()
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
    },
  }
}
