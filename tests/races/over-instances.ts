import { afterAll, beforeAll } from 'vitest'
import { type Api, startApi } from '../helpers/api-process.ts'

/** Starts so many API processes over the test file's database, for as long as the file runs. */
export function overInstances(count: number) {
  let started: Api[] = []
  beforeAll(async () => {
    started = await Promise.all(Array.from({ length: count }, () => startApi({})))
  })
  afterAll(async () => {
    await Promise.all(started.map(api => api.stop()))
  })
  const nth = (index: number): Api => {
    const api = started[index % count]
    if (!api) throw new Error('the instances are not up yet')
    return api
  }
  return {
    /** The instances in turn, whatever the index. */
    nth,
    /** All of them. */
    each: <T>(work: (api: Api) => Promise<T>): Promise<T[]> => Promise.all(started.map(work)),
    /** What all of them logged, for whoever reads a failure. */
    logs: () => started.map(api => api.log()).join('\n'),
  }
}

/** Does the work so many times, at most `atOnce` at a time. */
export async function times<T>(
  count: number,
  work: (index: number) => Promise<T>,
  atOnce = count,
): Promise<T[]> {
  const results: T[] = []
  let begun = 0
  const worker = async () => {
    for (let index = begun++; index < count; index = begun++) results.push(await work(index))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
