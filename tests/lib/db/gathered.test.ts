import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { gathered } from '../../../lib/db/gathered.ts'

type Read = PromiseWithResolvers<(key: string) => string> & { keys: string[] }

/** Look-ups whose reads are ended by hand, in the order in which they began. */
function held() {
  const reads: Read[] = []
  const ask = gathered((keys: string[]) => {
    const read = { keys, ...Promise.withResolvers<(key: string) => string>() }
    reads.push(read)
    return read.promise
  })
  const begun = (count: number) =>
    vi.waitFor(() => expect(reads).toHaveLength(count), { interval: 1, timeout: 10_000 })
  const end = (read: number, found: string) => reads[read]?.resolve(key => `${key} ${found}`)
  return { ask, reads, begun, end }
}

describe('look-ups of one moment', () => {
  it('share a read, each key asked for once', async () => {
    const { ask, reads, begun, end } = held()
    const told = Promise.all([ask('a'), ask('b'), ask('a')])
    await begun(1)
    expect(reads.map(({ keys }) => keys)).toEqual([['a', 'b']])
    end(0, 'first')
    expect(await told).toEqual(['a first', 'b first', 'a first'])
  })

  it('never use a read that began before they were asked', async () => {
    const { ask, reads, begun, end } = held()
    const early = ask('a')
    await begun(1)
    const late = Promise.all([ask('a'), ask('b')])
    end(0, 'old')
    await begun(2)
    end(1, 'new')
    expect(await early).toBe('a old')
    expect(await late).toEqual(['a new', 'b new'])
    expect(reads.map(({ keys }) => keys)).toEqual([['a'], ['a', 'b']])
  })

  it('see what was stored before them, whatever else is asked meanwhile', async () => {
    let stored = 0
    const ask = gathered(async () => {
      const seen = stored
      await sleep(Math.random() * 3)
      return () => seen
    })
    const asking = Array.from({ length: 300 }, async (_, index) => {
      await sleep(Math.random() * 100)
      const before = ++stored
      expect(await ask(`key ${index % 7}`)).toBeGreaterThanOrEqual(before)
    })
    await Promise.all(asking)
  })

  it('ask for a hundred keys in one read and for the others in the next', async () => {
    const { ask, reads, begun, end } = held()
    const told = Promise.all(Array.from({ length: 150 }, (_, index) => ask(`key ${index}`)))
    await begun(1)
    end(0, 'first')
    await begun(2)
    end(1, 'second')
    expect(reads.map(({ keys }) => keys.length)).toEqual([100, 50])
    expect((await told)[149]).toBe('key 149 second')
  })
})

describe('a read that goes wrong', () => {
  it('fails for those who wait for it alone', async () => {
    const { ask, reads, begun, end } = held()
    const unlucky = Promise.allSettled([ask('a'), ask('b')])
    await begun(1)
    const lucky = ask('a')
    reads[0]?.reject(new Error('away'))
    await begun(2)
    end(1, 'there')
    expect(await unlucky).toMatchObject([
      { status: 'rejected', reason: { message: 'away' } },
      { status: 'rejected', reason: { message: 'away' } },
    ])
    expect(await lucky).toBe('a there')
  })

  it('that throws before it begins does so too, and the next one is made', async () => {
    let isBroken = true
    const ask = gathered((): Promise<(key: string) => string> => {
      if (isBroken) throw new Error('broken')
      return Promise.resolve(key => key)
    })
    await expect(ask('a')).rejects.toThrow('broken')
    isBroken = false
    expect(await ask('a')).toBe('a')
  })

  it('for one key, does no harm to the others', async () => {
    const ask = gathered(async () => (key: string) => {
      if (key === 'bad') throw new Error('cannot be read')
      return key
    })
    const [good, bad] = await Promise.allSettled([ask('good'), ask('bad')])
    expect(good).toEqual({ status: 'fulfilled', value: 'good' })
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'cannot be read' } })
  })

  it('by never ending does not hold up the next', async () => {
    const { ask, begun, end } = held()
    ask('a')
    await begun(1)
    const late = ask('b')
    await begun(2)
    end(1, 'told')
    expect(await late).toBe('b told')
  })
})

it('a read runs in the context of one who waits for it', async () => {
  const request = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const hold = Promise.withResolvers<void>()
  const ask = gathered(async () => {
    seen.push(request.getStore())
    await hold.promise
    return (key: string) => key
  })
  const first = request.run('first', () => ask('a'))
  await vi.waitFor(() => expect(seen).toHaveLength(1), { interval: 1 })
  const second = request.run('second', () => ask('b'))
  hold.resolve()
  await Promise.all([first, second])
  expect(seen).toEqual(['first', 'second'])
})
