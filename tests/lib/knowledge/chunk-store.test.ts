import { randomUUID } from 'node:crypto'
import type { Binary } from 'mongodb'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { inTransaction } from '../../../lib/db/transaction.ts'
import { removeChunks, storeChunks } from '../../../lib/knowledge/internal/chunk-store.ts'
import { CODE_BYTES } from '../../../lib/knowledge/internal/codes.ts'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeCodes } from '../../../models/knowledge-codes.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { randomVector, seeded } from '../../helpers/vectors.ts'

const random = seeded(17)
const vectorsOf = (texts: string[]) => texts.map(() => randomVector(random))

function newFile() {
  const file = { fileId: new Types.ObjectId().toHexString(), clerkId: randomUUID() }
  const store = (from: number, texts: string[]) =>
    inTransaction(session => storeChunks(session, file, from, texts, vectorsOf(texts)))
  const stored = async () => {
    const chunks = await KnowledgeChunk.find(file).sort({ index: 1 }).lean()
    const runs = await KnowledgeCodes.find(file).sort({ from: 1 }).lean()
    return {
      texts: chunks.map(({ index, text }) => `${index} ${text}`),
      runs: runs.map(({ from, codes }) => [from, (codes as Binary).length() / CODE_BYTES]),
    }
  }
  return { file, store, stored }
}

describe('storing passages', () => {
  it('keeps each with its position, text and vector, and a code of each run', async () => {
    const { file, store, stored } = newFile()
    await store(0, ['a', 'b'])
    await store(2, ['c'])
    const runs = [
      [0, 2],
      [2, 1],
    ]
    expect(await stored()).toEqual({ texts: ['0 a', '1 b', '2 c'], runs })
    const chunk = await KnowledgeChunk.findOne({ ...file, index: 2 }).lean()
    expect((chunk?.vector as Binary | undefined)?.toFloat32Array()).toHaveLength(1536)
    expect(String(chunk?.fileId)).toBe(file.fileId)
  })

  it('again at the same position replaces what lies there, and that alone', async () => {
    const { store, stored } = newFile()
    await store(0, ['a', 'b'])
    await store(2, ['c'])
    await store(0, ['A', 'B'])
    await store(0, ['A', 'B'])
    const runs = [
      [0, 2],
      [2, 1],
    ]
    expect(await stored()).toEqual({ texts: ['0 A', '1 B', '2 c'], runs })
  })

  it('of one file leaves another alone', async () => {
    const [one, other] = [newFile(), newFile()]
    await one.store(0, ['a'])
    await other.store(0, ['b'])
    await inTransaction(session => removeChunks(session, one.file))
    expect(await one.stored()).toEqual({ texts: [], runs: [] })
    expect((await other.stored()).texts).toEqual(['0 b'])
  })

  it('is all undone with its transaction', async () => {
    const { file, store, stored } = newFile()
    await store(0, ['a'])
    const before = await stored()
    const failing = inTransaction(async session => {
      await storeChunks(session, file, 0, ['x', 'y'], vectorsOf(['x', 'y']))
      await removeChunks(session, file)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await stored()).toEqual(before)
  })

  it('of no passages does nothing; a passage without its vector is refused', async () => {
    const { file, store, stored } = newFile()
    await store(0, [])
    expect(await stored()).toEqual({ texts: [], runs: [] })
    const odd = inTransaction(session => storeChunks(session, file, 0, ['a', 'b'], vectorsOf(['a'])))
    await expect(odd).rejects.toThrow('each passage needs its vector')
  })

  it('costs two deletions and two insertions a run', async () => {
    const { store } = newFile()
    const texts = Array.from({ length: 96 }, (_, i) => `passage ${i}`)
    const commands = await commandsOf(() => store(0, texts))
    expect(commands.filter(command => !command.startsWith('commitTransaction'))).toEqual([
      'delete knowledgechunks',
      'delete knowledgecodes',
      'insert knowledgechunks',
      'insert knowledgecodes',
    ])
  })
})

describe('removing passages', () => {
  it('from a position on keeps what is before it', async () => {
    const { file, store, stored } = newFile()
    await store(0, ['a', 'b'])
    await store(2, ['c'])
    await inTransaction(session => removeChunks(session, file, 2))
    expect(await stored()).toEqual({ texts: ['0 a', '1 b'], runs: [[0, 2]] })
    await inTransaction(session => removeChunks(session, file))
    expect(await stored()).toEqual({ texts: [], runs: [] })
  })
})
