import type { TenantCaller } from '../auth/caller.ts'
import { InvalidInput } from '../errors.ts'
import { counted, takeChatMessage } from '../limits/chat-quota.ts'
import type { TokenUsage } from './complete.ts'
import { DIALECTS } from './internal/dialect.ts'
import { dataUrlOf } from './internal/image.ts'
import { lookAt } from './internal/look-at.ts'
import { type Provider, type ProviderName, providerOf } from './providers.ts'

export type ImageRequest = {
  imageUrl?: string | undefined
  imageBase64?: string | undefined
  prompt?: string | undefined
  model?: string | undefined
}

export type ImageDescription = {
  caption: string
  /** What is written in the image. */
  text: string
  description: string
  model: string
  usage: TokenUsage
  costUsd: number
}

/**
 * What a model sees in an image. Counts as one chat message, given back when there is no answer. An address is
 * passed on, never fetched here.
 * @throws QuotaExceeded, NotConfigured, InvalidInput, AppError `provider_error` or `provider_timeout`
 */
export async function describeImage(
  caller: TenantCaller,
  providerName: ProviderName,
  request: ImageRequest,
  effectId: string | null,
): Promise<ImageDescription> {
  const provider = providerOf(providerName)
  const image = imageOf(provider, request)
  const unit = await takeChatMessage(caller, effectId)
  return counted(unit, lookAt(provider, image, request))
}

function imageOf({ name }: Provider, { imageUrl, imageBase64 }: ImageRequest): string {
  if (imageUrl === undefined) return dataUrlOf(imageBase64 ?? '')
  if (DIALECTS[name].fetchesImages) return imageUrl
  throw new InvalidInput([{ path: 'imageUrl', message: `${name} fetches no images; send imageBase64` }])
}
