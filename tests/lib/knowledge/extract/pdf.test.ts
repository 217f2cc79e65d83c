import { describe, expect, it } from 'vitest'
import { textOf } from '../../../helpers/extract.ts'
import { flate, LOCKED, pageOf, writePdf } from '../../../helpers/pdf.ts'

describe('a PDF', () => {
  it('gives its text, page after page and line by line', async () => {
    const pdf = writePdf([
      pageOf('Refunds take 14 days.', '(Mostly)'),
      flate(pageOf('Page two.')),
      pageOf('Three'),
    ])
    expect(await textOf('pdf', pdf)).toBe('Refunds take 14 days.\n(Mostly)\n\nPage two.\n\nThree')
  })

  it('may have pages without text', async () => {
    const drawing = { bytes: Buffer.from('0 0 m 10 10 l S') }
    expect(await textOf('pdf', writePdf([drawing, pageOf('Here'), drawing]))).toBe('Here')
  })

  it('is read as far as its pages go when it promises more', async () => {
    expect(await textOf('pdf', writePdf([pageOf('One')], { count: 1_000_000_000 }))).toBe('One')
  })

  it.each([
    [
      'no text',
      writePdf([{ bytes: Buffer.from('0 0 m 10 10 l S') }]),
      'The PDF has no text in it: it may be a scan.',
    ],
    ['a password', writePdf([pageOf('x')], { trailer: LOCKED }), 'The PDF is protected by a password.'],
    ['its end cut off', writePdf([pageOf('x')]).subarray(0, 300), 'The file is damaged and cannot be read.'],
    ['nothing but its name', Buffer.from('%PDF-1.7\n'), 'The file is damaged and cannot be read.'],
    [
      'too many pages',
      writePdf(Array.from({ length: 1_001 }, () => pageOf('x'))),
      'The PDF has more than 1,000 pages.',
    ],
  ])('with %s fails and says so', async (_, bytes, reason) => {
    await expect(textOf('pdf', bytes)).rejects.toMatchObject({ code: 'invalid_input', message: reason })
  })
})
