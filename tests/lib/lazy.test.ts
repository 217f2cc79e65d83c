import { expect, it } from 'vitest'
import { lazily } from '../../lib/lazy.ts'

it('loads when it is first asked for, and once for all who ask', async () => {
  let loads = 0
  const load = lazily(async () => {
    loads += 1
    return { loads }
  })
  expect(loads).toBe(0)
  const [first, second] = await Promise.all([load(), load()])
  expect(first).toBe(second)
  expect(await load()).toBe(first)
  expect(loads).toBe(1)
})

it('tries again after a failure', async () => {
  let loads = 0
  const load = lazily(async () => {
    loads += 1
    if (loads === 1) throw new Error('not there')
    return loads
  })
  await expect(load()).rejects.toThrow('not there')
  expect(await load()).toBe(2)
})
