import { describe, expect, it } from 'vitest'
import { cut, MAX_CHUNK_CHARS } from '../../../lib/knowledge/internal/cut.ts'

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How many characters the end of one passage and the beginning of the next share. */
function overlapOf(first: string, second: string): number {
  for (let length = Math.min(first.length, second.length); length > 0; length--) {
    if (first.endsWith(second.slice(0, length))) return length
  }
  return 0
}

/** The text put together again from its overlapping passages, but for blanks at their borders. */
function joined(chunks: string[]): string {
  return chunks.reduce(
    (text, chunk) => text + chunk.slice(overlapOf(text.slice(-MAX_CHUNK_CHARS), chunk)),
    '',
  )
}

const sentences = (count: number) => Array.from({ length: count }, (_, i) => `This is sentence number ${i}.`)

describe('cut', () => {
  it.each(['', ' ', '\n\n\t  \r\n', ' '.repeat(5_000)])('makes nothing of nothing', async text => {
    expect(await cut(text, [])).toEqual([])
  })

  it('leaves a short text whole, without the blanks around it', async () => {
    expect(await cut('  One. Two?\nThree!  ', [])).toEqual(['One. Two?\nThree!'])
  })

  it('begins and ends passages on sentence borders, and repeats the end of the one before', async () => {
    const chunks = await cut(sentences(300).join(' '), [])
    expect(chunks.length).toBeGreaterThan(5)
    for (const chunk of chunks) {
      expect(chunk.length).toBeLessThanOrEqual(MAX_CHUNK_CHARS)
      expect(chunk).toMatch(/^This is/)
      expect(chunk).toMatch(/\d\.$/)
    }
    for (const [position, chunk] of chunks.slice(1).entries()) {
      const overlap = overlapOf(chunks[position] ?? '', chunk)
      expect(overlap).toBeGreaterThan(50)
      expect(overlap).toBeLessThanOrEqual(200)
    }
  })

  it('holds every sentence whole in some passage', async () => {
    const all = sentences(500)
    const chunks = await cut(all.join(' '), [])
    for (const sentence of all) expect(chunks.some(chunk => chunk.includes(sentence))).toBe(true)
  })

  it('keeps a sentence whole that just fits, and cuts one that does not at a space', async () => {
    const fitting = `Word ${'word '.repeat(298)}end!`
    expect(fitting.length).toBe(1_499)
    expect(await cut(`Before. ${fitting} After.`, [])).toContain(fitting)

    const long = `${Array.from({ length: 900 }, (_, i) => `word${i}`).join(' ')}.`
    const chunks = await cut(long, [])
    for (const word of long.split(' '))
      expect(chunks.some(chunk => chunk.split(' ').includes(word))).toBe(true)
    for (const [position, chunk] of chunks.slice(1).entries())
      expect(overlapOf(chunks[position] ?? '', chunk)).toBeGreaterThan(50)
  })

  it('overlaps passages of long sentences by their last words', async () => {
    const long = (i: number) => `Sentence ${i} ${`goes on${i} `.repeat(60)}and ends.`
    const chunks = await cut(Array.from({ length: 12 }, (_, i) => long(i)).join(' '), [])
    expect(chunks.length).toBeGreaterThan(3)
    for (const [position, chunk] of chunks.slice(1).entries())
      expect(overlapOf(chunks[position] ?? '', chunk)).toBeGreaterThan(50)
  })

  it('cuts a run without spaces, losing nothing', async () => {
    const run = Array.from({ length: 2_000 }, (_, i) => i.toString(36).padStart(3, '0')).join('')
    const chunks = await cut(run, [])
    expect(chunks.length).toBeGreaterThan(3)
    for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(MAX_CHUNK_CHARS)
    expect(joined(chunks)).toBe(run)
  })

  it('never cuts a surrogate pair in two, wherever it falls', async () => {
    for (const shift of [0, 1, 2, 3]) {
      const chunks = await cut(`${'a'.repeat(shift)}${'🐝'.repeat(3_000)}`, [])
      for (const chunk of chunks) {
        expect(chunk.isWellFormed()).toBe(true)
        expect(chunk.length).toBeLessThanOrEqual(MAX_CHUNK_CHARS)
      }
    }
  })

  it('keeps to its promises for any text', async () => {
    const alphabet = [
      'a',
      'word',
      ' ',
      ' ',
      '. ',
      '! ',
      '\n',
      '…',
      'é',
      '東',
      '🐝',
      '„Ja.“ ',
      'x'.repeat(400),
      '\t',
      '.',
    ]
    for (let seed = 1; seed <= 150; seed++) {
      const random = seeded(seed)
      const pick = () => alphabet[Math.floor(random() * alphabet.length)] ?? ''
      const text = Array.from({ length: Math.floor(random() * 1_500) }, pick).join('')
      const chunks = await cut(text, [])
      let searchFrom = 0
      let covered = 0
      for (const chunk of chunks) {
        expect(chunk.length, `seed ${seed}`).toBeLessThanOrEqual(MAX_CHUNK_CHARS)
        expect(chunk.trim(), `seed ${seed}`).toBe(chunk)
        expect(chunk.isWellFormed(), `seed ${seed}`).toBe(true)
        const start = text.indexOf(chunk, searchFrom)
        expect(start, `seed ${seed}: not a passage of the text, or out of order`).not.toBe(-1)
        expect(text.slice(covered, start).trim(), `seed ${seed}: text was lost`).toBe('')
        searchFrom = start
        covered = Math.max(covered, start + chunk.length)
      }
      expect(text.slice(covered).trim(), `seed ${seed}: the end was lost`).toBe('')
    }
  })

  it('takes the largest text in its stride, and lets others have their turn', async () => {
    for (const text of ['x'.repeat(5 * 1024 * 1024), 'word '.repeat(1024 * 1024)]) {
      const started = performance.now()
      let turns = 0
      let isOver = false
      const turn = () => {
        turns++
        if (!isOver) setImmediate(turn)
      }
      turn()
      await cut(text, [])
      isOver = true
      expect(turns).toBeGreaterThan(16)
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  })
  it('neither begins nor ends a passage inside of what is to stay whole', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seeded(seed)
      const pieces = ['word ', 'x', ', ', '. ', '! A', '\n', '🐝', 'y'.repeat(90)]
      const values = ['<+33. 1 42. 68 53>', `<${'v'.repeat(318)}>`, '<A. B! C? D\nE F>', '<a@b.c>']
      let text = ''
      const whole: { start: number; end: number }[] = []
      while (text.length < 20_000) {
        const list = random() < 0.4 ? values : pieces
        const piece = list[Math.floor(random() * list.length)] ?? ''
        if (list === values) whole.push({ start: text.length, end: text.length + piece.length })
        text += piece
      }
      const chunks = await cut(text, whole)
      expect(chunks.join('').length, `seed ${seed}`).toBeGreaterThan(text.length * 0.95)
      for (const chunk of chunks) {
        expect(chunk.length, `seed ${seed}`).toBeLessThanOrEqual(MAX_CHUNK_CHARS)
        // Every value, and nothing else, is in brackets: no passage holds a part of one.
        expect(chunk.replace(/<[^<>]*>/g, ''), `seed ${seed}`).not.toMatch(/[<>]/)
      }
    }
  })
})
