import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { type Frames, inFrames } from '../../../lib/http/frames.ts'

/** Longer than a frame. */
const LATER_MS = 40

let sent: string[]
let frames: Frames

beforeEach(() => {
  sent = []
  frames = inFrames(text => sent.push(text))
})

it('the first piece leaves as soon as its writer waits, with what was written with it', async () => {
  frames.write('a')
  frames.write('b')
  expect(sent).toEqual([])
  await null
  expect(sent).toEqual(['ab'])
})

it('what follows within a frame leaves together, at the end of it', async () => {
  frames.write('a')
  await null
  for (const piece of ['b', 'c', 'd']) {
    frames.write(piece)
    await null
  }
  expect(sent).toEqual(['a'])
  await sleep(LATER_MS)
  expect(sent).toEqual(['a', 'bcd'])
})

it('what follows after a frame leaves at once again', async () => {
  for (const piece of ['a', 'b']) {
    frames.write(piece)
    await null
    expect(sent.at(-1)).toBe(piece)
    await sleep(LATER_MS)
  }
  expect(sent).toEqual(['a', 'b'])
})

it('what precedes leaves with the first piece, or after a frame when none comes', async () => {
  frames.precede('head ')
  frames.write('a')
  await null
  expect(sent).toEqual(['head a'])

  const others: string[] = []
  inFrames(text => others.push(text)).precede('head')
  await null
  expect(others).toEqual([])
  await sleep(LATER_MS)
  expect(others).toEqual(['head'])
  expect(sent).toEqual(['head a'])
})

it('what precedes and has left already holds no piece up', async () => {
  frames.precede('head')
  while (sent.length === 0) await sleep(1)
  frames.write('a')
  await null
  expect(sent).toEqual(['head', 'a'])
})

it('at the end all leaves, and nothing again', async () => {
  frames.write('a')
  await null
  frames.write('b')
  frames.flush()
  expect(sent).toEqual(['a', 'b'])
  await sleep(LATER_MS)
  frames.flush()
  expect(sent).toEqual(['a', 'b'])
})
