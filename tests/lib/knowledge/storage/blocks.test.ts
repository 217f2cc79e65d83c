import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { eachBlock } from '../../../../lib/knowledge/internal/storage/blocks.ts'

const SHAPE = { bytes: 4, count: 3 }

async function* inPieces(text: string, pieceLength = 3) {
  for (let at = 0; at < text.length; at += pieceLength) yield Buffer.from(text.slice(at, at + pieceLength))
}

async function* breakingOff(text: string) {
  yield* inPieces(text)
  throw new Error('the sender is gone')
}

describe('blocks', () => {
  it.each([
    ['', []],
    ['ab', ['ab']],
    ['abcd', ['abcd']],
    ['abcdefghij', ['abcd', 'efgh', 'ij']],
  ])('of %j are %j', async (text, expected) => {
    const used: string[] = []
    await eachBlock(inPieces(text), SHAPE, async (block, n) => {
      used[n] = block.toString()
    })
    expect(used).toEqual(expected)
  })

  it('are used at once, and keep what they hold until then', async () => {
    const used: string[] = []
    let underWay = 0
    let most = 0
    await eachBlock(inPieces('abcdefghijklmnopqrstuvwxyz'), SHAPE, async (block, n) => {
      most = Math.max(most, ++underWay)
      for (let turns = 0; turns < 20; turns++) await turn()
      used[n] = block.toString()
      underWay--
    })
    expect(used.join('')).toBe('abcdefghijklmnopqrstuvwxyz')
    expect(most).toBe(SHAPE.count)
  })

  it('are one after the other where there is one', async () => {
    let underWay = 0
    await eachBlock(inPieces('abcdefghij'), { ...SHAPE, count: 1 }, async () => {
      expect(++underWay).toBe(1)
      await turn()
      underWay--
    })
  })

  it.each([
    ['the pieces break off', breakingOff, 'the sender is gone'],
    ['a use fails', inPieces, 'no room'],
    ['both happen', breakingOff, 'no room'],
  ])('are in use no more when %s', async (what, piecesOf, message) => {
    let underWay = 0
    const used = eachBlock(piecesOf('abcdefghij'), SHAPE, async (_block, n) => {
      underWay++
      for (let turns = 0; turns < 20; turns++) await turn()
      underWay--
      if (n === 0 && what !== 'the pieces break off') throw new Error('no room')
    })
    await expect(used).rejects.toThrow(message)
    expect(underWay).toBe(0)
  })
})
