import type { TenantCaller } from '../auth/caller.ts'
import { InvalidInput } from '../errors.ts'
import { takeChatMessage } from '../limits/chat-quota.ts'
import { log } from '../log.ts'
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
  try {
    const described = await lookAt(provider, image, request)
    await unit.keep().catch(fault => log().error({ err: fault }, 'a chat message stays under way'))
    return described
  } catch (error) {
    await unit
      .giveBack()
      .catch(fault => log().error({ err: fault }, 'a chat message could not be given back'))
    throw error
  }
}

function imageOf({ name }: Provider, { imageUrl, imageBase64 }: ImageRequest): string {
  if (imageUrl === undefined) return dataUrlOf(imageBase64 ?? '')
  if (DIALECTS[name].fetchesImages) return imageUrl
  throw new InvalidInput([{ path: 'imageUrl', message: `${name} fetches no images; send imageBase64` }])
}
