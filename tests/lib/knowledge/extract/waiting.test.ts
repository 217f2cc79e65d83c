import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { extractText } from '../../../../lib/knowledge/internal/extract/extract-text.ts'
import { takingTurns } from '../../../../lib/knowledge/internal/extract/turns.ts'
import { eventually, readingProcesses, sourceOf, TYPES, textOf } from '../../../helpers/extract.ts'
import { pageOf, writePdf } from '../../../helpers/pdf.ts'

const pdf = writePdf([pageOf('Read.')])

function sourceAfter(ms: number) {
  async function* pieces() {
    yield pdf.subarray(0, 100)
    await sleep(ms)
    yield pdf.subarray(100)
  }
  return { mimeType: TYPES.pdf, size: pdf.byteLength, open: async () => pieces() }
}

describe('reading waits', () => {
  it('for storage that stalls for longer than reading may take', async () => {
    expect(await extractText(sourceAfter(11_000))).toBe('Read.')
  }, 30_000)

  it('for no process that the machine lets do nothing, which is not the file’s fault', async () => {
    const reading = extractText(sourceAfter(500)).catch(error => error)
    await eventually(async () => (await readingProcesses()).length === 1)
    const [pid = 0] = await readingProcesses()
    process.kill(pid, 'SIGSTOP')
    const fault = await reading
    expect(fault).toBeInstanceOf(Error)
    expect(fault.code).toBeUndefined()
    expect(await eventually(async () => (await readingProcesses()).length === 0)).toBe(true)
  }, 30_000)
})

describe('an aborted reading', () => {
  const reason = new Error('no time left')

  it.each(['pdf', 'text'] as const)('never begins (%s)', async type => {
    const open = async () => {
      throw new Error('opened')
    }
    await expect(extractText({ ...sourceOf(type, pdf), open }, AbortSignal.abort(reason))).rejects.toBe(
      reason,
    )
  })

  it('ends at once, its process with it, and its place is free again', async () => {
    const aborting = new AbortController()
    const readings = [1, 2, 3].map(() => extractText(sourceAfter(60_000), aborting.signal))
    const ended = Promise.allSettled(readings)
    expect(await eventually(async () => (await readingProcesses()).length === 2)).toBe(true)
    aborting.abort(reason)
    expect(await ended).toEqual(Array(3).fill({ status: 'rejected', reason }))
    expect(await eventually(async () => (await readingProcesses()).length === 0)).toBe(true)
    expect(await textOf('pdf', pdf)).toBe('Read.')
  })
})

it('owners take turns', async () => {
  const inTurn = takingTurns(2)
  const begun: string[] = []
  const work = (owner: string, name: string) =>
    inTurn(owner, async () => {
      begun.push(name)
      await sleep(5)
    })
  await Promise.all([
    ...[1, 2, 3, 4].map(n => work('ada', `ada ${n}`)),
    work('bob', 'bob 1'),
    work('bob', 'bob 2'),
  ])
  expect(begun.slice(0, 4)).toEqual(['ada 1', 'ada 2', 'bob 1', 'ada 3'])
  expect(begun).toHaveLength(6)
})
