import { setTimeout as sleep } from 'node:timers/promises'
import type { Polar } from '@polar-sh/sdk/2026-10'
import type { z } from 'zod'
import { config, requireConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import { isAbsent, mayPass, refusalStatus, waitAskedFor } from './refusals.ts'

const TIMEOUT_MS = 5_000
const TRIES = 3
const PAUSE_MS = 200
/** How long after the first try another one may begin: when a person waits for the answer, and when nobody does. */
export const PATIENCE_MS = { person: 5_000, batch: 30_000 }

/** `until` is the moment of `performance.now()` by which every try and wait ends. */
export type Patience = { patienceMs?: number; until?: number | undefined }

/**
 * Asks Polar and checks the answer, which the SDK takes as it comes.
 * @throws AppError `unavailable`, which says whether Polar refuses this deployment
 */
export async function ask<S extends z.ZodType>(
  answer: S,
  question: (polar: Polar) => Promise<unknown>,
  { patienceMs = PATIENCE_MS.person, until = Number.POSITIVE_INFINITY }: Patience = {},
): Promise<z.output<S>> {
  const giveUpAt = Math.min(performance.now() + patienceMs, until)
  for (let tried = 1; ; tried += 1) {
    const leftMs = until - performance.now()
    if (leftMs <= 0) throw unavailable(new Error('no time was left to ask'))
    const polar = await openPolar(Math.min(TIMEOUT_MS, leftMs))
    try {
      return answer.parse(await question(polar))
    } catch (error) {
      const pauseMs = Math.max(PAUSE_MS * 2 ** (tried - 1), waitAskedFor(error))
      if (tried === TRIES || !mayPass(error) || performance.now() + pauseMs >= giveUpAt)
        throw unavailable(error)
      await sleep(pauseMs)
    }
  }
}

async function openPolar(timeoutMs: number): Promise<Polar> {
  const { POLAR_ACCESS_TOKEN } = requireConfig('POLAR_ACCESS_TOKEN')
  const { POLAR_API_URL } = config()
  const { createPolar } = await import('@polar-sh/sdk/2026-10')
  return createPolar({
    accessToken: POLAR_ACCESS_TOKEN,
    timeout: timeoutMs / 1000,
    ...(POLAR_API_URL && { baseUrl: POLAR_API_URL }),
  })
}

function unavailable(cause: unknown): AppError {
  const status = refusalStatus(cause)
  const message = status
    ? `The billing service refuses this deployment (status ${status}).`
    : 'The billing service cannot be reached just now.'
  return new AppError('unavailable', message, {}, { cause })
}

/** Null where Polar has no such object. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}
