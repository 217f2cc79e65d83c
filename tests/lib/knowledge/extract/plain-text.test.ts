import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { extractText, Unreadable } from '../../../../lib/knowledge/internal/extract/extract-text.ts'
import { textOf } from '../../../helpers/extract.ts'

const NOT_TEXT = 'The file holds something else than text.'

describe('text is decoded', () => {
  const text = 'Le café «Noël» coûte 5 €.\nŒuvre'
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  const windows1252 = Buffer.concat([
    Buffer.from('Le café «Noël» coûte 5 ', 'latin1'),
    Buffer.from([0x80]),
    Buffer.from('.\n', 'latin1'),
    Buffer.from([0x8c]),
    Buffer.from('uvre', 'latin1'),
  ])

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little end first', utf16],
    ['UTF-16, big end first', Buffer.from(utf16).swap16()],
    ['windows-1252', windows1252],
  ])('from %s', async (_, bytes) => {
    expect(await textOf('text', bytes)).toBe(text)
  })

  it('as it is, whatever kind of text it is', async () => {
    const csv = 'a,b\n1,2\n'
    const open = async () => [Buffer.from(csv.slice(0, 3)), Buffer.from(csv.slice(3))].values()
    const source = { size: csv.length, open: async () => asyncly(await open()) }
    for (const mimeType of ['text/csv', 'application/json', 'text/markdown', 'text/x-python'])
      expect(await extractText({ mimeType, ...source })).toBe(csv)
  })

  it('from a web stream', async () => {
    const open = async () => new Blob(['streamed']).stream()
    expect(await extractText({ mimeType: 'text/plain', size: 8, open })).toBe('streamed')
  })

  it('to nothing when there is nothing', async () => {
    expect(await textOf('text', '')).toBe('')
  })
})

describe('what is no text is refused', () => {
  it.each([
    ['gzip', gzipSync(Buffer.alloc(100_000, 'text '))],
    ['bytes of zero', Buffer.alloc(100)],
    ['half a character of UTF-16', Buffer.from([0xff, 0xfe, 0x41])],
    ['control characters between letters', Buffer.from([0x41, 0x01, 0xe9, 0x42])],
  ])('%s', async (_, bytes) => {
    await expect(textOf('text', bytes)).rejects.toThrow(new Unreadable(NOT_TEXT))
  })
})

describe('more than 5 MiB', () => {
  const tooLong = new Unreadable('The text is longer than 5 MiB.')

  it('is refused unread', async () => {
    const open = async () => {
      throw new Error('opened')
    }
    const size = 5 * 1024 * 1024 + 1
    await expect(extractText({ mimeType: 'text/plain', size, open })).rejects.toThrow(tooLong)
  })

  it('is refused when the size lies', async () => {
    const pieces = Array.from({ length: 6 }, () => Buffer.alloc(1024 * 1024, ' '))
    const open = async () => asyncly(pieces.values())
    await expect(extractText({ mimeType: 'text/plain', size: 3, open })).rejects.toThrow(tooLong)
  })
})

it('passes on what the storage throws', async () => {
  const fault = new Error('the storage is away')
  const open = async () => {
    throw fault
  }
  await expect(extractText({ mimeType: 'text/plain', size: 3, open })).rejects.toBe(fault)
})

async function* asyncly<T>(items: Iterable<T>) {
  yield* items
}
