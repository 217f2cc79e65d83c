import { setTimeout as sleep } from 'node:timers/promises'
import type { Polar } from '@polar-sh/sdk/2026-10'
import type { z } from 'zod'
import { config, requireConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import { isAbsent, mayPass, waitAskedFor } from './refusals.ts'

const TIMEOUT_SECONDS = 5
const TRIES = 3
const PAUSE_MS = 200
/** How long after the first try another one may begin: when a person waits for the answer, and when nobody does. */
export const PATIENCE_MS = { person: 5_000, batch: 30_000 }

/** Asks Polar and checks the answer, which the SDK takes as it comes. @throws AppError `unavailable` */
export async function ask<S extends z.ZodType>(
  answer: S,
  question: (polar: Polar) => Promise<unknown>,
  patienceMs = PATIENCE_MS.person,
): Promise<z.output<S>> {
  const polar = await openPolar()
  const giveUpAt = Date.now() + patienceMs
  for (let tried = 1; ; tried += 1) {
    try {
      return answer.parse(await question(polar))
    } catch (error) {
      const pauseMs = Math.max(PAUSE_MS * 2 ** (tried - 1), waitAskedFor(error))
      if (tried === TRIES || !mayPass(error) || Date.now() + pauseMs > giveUpAt) throw unavailable(error)
      await sleep(pauseMs)
    }
  }
}

async function openPolar(): Promise<Polar> {
  const { POLAR_ACCESS_TOKEN } = requireConfig('POLAR_ACCESS_TOKEN')
  const { POLAR_API_URL } = config()
  const { createPolar } = await import('@polar-sh/sdk/2026-10')
  return createPolar({
    accessToken: POLAR_ACCESS_TOKEN,
    timeout: TIMEOUT_SECONDS,
    ...(POLAR_API_URL && { baseUrl: POLAR_API_URL }),
  })
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'The billing service cannot be reached just now.', {}, { cause })
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
