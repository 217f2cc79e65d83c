import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dataUrlOf } from '../../../lib/ai/internal/image.ts'
import { readJsonAnswer } from '../../../lib/ai/internal/json-answer.ts'

const IMAGES: readonly [type: string, bytes: Buffer][] = [
  ['image/png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ['image/jpeg', Buffer.from('ffd8ffe000104a464946', 'hex')],
  ['image/gif', Buffer.from('GIF89a\x01\x00', 'latin1')],
  ['image/gif', Buffer.from('GIF87a\x01\x00', 'latin1')],
  ['image/webp', Buffer.from('RIFF\x1a\x0a\x00\x00WEBPVP8 ', 'latin1')],
]
const png = IMAGES[0]?.[1].toString('base64') ?? ''

describe('an image in base64', () => {
  it.each(IMAGES)('is known as %s by its bytes', (type, bytes) => {
    const base64 = bytes.toString('base64')
    expect(dataUrlOf(base64)).toBe(`data:${type};base64,${base64}`)
  })

  it.each([
    ['as a data URL', `data:image/png;base64,${png}`],
    ['as a data URL of another type', `data:text/html;charset=utf-8;base64,${png}`],
    ['in lines', `${png.slice(0, 8)}\r\n${png.slice(8)}\n`],
  ])('may come %s', (_how, given) => {
    expect(dataUrlOf(given)).toBe(`data:image/png;base64,${png}`)
  })

  it.each([
    ['nothing', ''],
    ['an empty data URL', 'data:image/png;base64,'],
    ['no base64', `${png}!`],
    ['base64url', `${png}_-`],
    ['a cut group', `${png.replaceAll('=', '')}AAA`],
    ['padding in the middle', `${png.slice(0, 4)}==${png.slice(4)}`],
    ['a data URL without base64', 'data:image/png,abc'],
    ['an address', 'https://example.com/a.png'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')],
    ['a PDF', Buffer.from('%PDF-1.7').toString('base64')],
    ['the beginning of a PNG', png.slice(0, 4)],
  ])('is refused when it is %s', (_what, given) => {
    expect(() => dataUrlOf(given)).toThrow(/imageBase64/)
  })

  it('may be as large as a request', () => {
    const large = Buffer.concat([IMAGES[1]?.[1] ?? Buffer.of(), Buffer.alloc(3_000_000)]).toString('base64')
    expect(dataUrlOf(large).length).toBe(large.length + 'data:image/jpeg;base64,'.length)
  })
})

describe('an answer in JSON', () => {
  const form = z.object({ a: z.string() })

  it.each([
    '{"a":"b"}',
    '```json\n{"a":"b"}\n```',
    '```\n{"a":"b"}```',
    'Here you are: {"a":"b"}. Anything else?',
    '<think>hm</think>{"a":"b","c":1}',
  ])('is read from %j', answer => {
    expect(readJsonAnswer(answer, form)).toEqual({ a: 'b' })
  })

  it.each(['', 'no', '{', '}{', '{"a":1}', '[{"b":1}]', 'null', '{"a":"b"'])('is none in %j', answer => {
    expect(readJsonAnswer(answer, form)).toBeNull()
  })
})
