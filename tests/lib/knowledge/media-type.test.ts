import { describe, expect, it } from 'vitest'
import { detectMediaType, HEAD_BYTES, isTextLike } from '../../../lib/knowledge/internal/media-type.ts'
import { DOCX_TYPE, PDF, PNG, ZIP } from '../../api/files/stored.ts'

const UNKNOWN = 'application/octet-stream'
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
/** The head of an archive whose first part is one of an office document; what follows is cut off. */
const OFFICE_ZIP = Buffer.concat([
  Buffer.from('UEsDBBQAAAAAAAAAIQCGphA2BQAAAAUAAAATAAAA', 'base64'),
  Buffer.from('[Content_Types].xmlhello'),
  ZIP.subarray(40),
])
/** How Office keeps what it locks, and its old formats. */
const LOCKED = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2_000)])
const utf8 = (text: string) => Buffer.from(text)

describe('detectMediaType', () => {
  it.each([
    ['png bytes declared as text', PNG, 'text/plain', 'a.txt', 'image/png'],
    ['png bytes of no declared type', PNG, UNKNOWN, 'a', 'image/png'],
    ['pdf bytes declared as text', PDF, 'text/plain', 'a.txt', 'application/pdf'],
    ['pdf bytes declared as markdown', PDF, 'text/markdown', 'a.md', 'application/pdf'],
    ['text declared as png', utf8('just words'), 'image/png', 'a.png', 'text/plain'],
    ['text declared as pdf', utf8('just words'), 'application/pdf', 'a.pdf', 'text/plain'],
    ['markdown of no declared type', utf8('# Title'), UNKNOWN, 'README.md', 'text/markdown'],
    ['markdown in capitals', utf8('# Title'), 'TEXT/PLAIN', 'README.MD', 'text/markdown'],
    ['csv declared as plain text', utf8('a,b\n1,2'), 'text/plain', 'a.csv', 'text/csv'],
    ['json', utf8('{"a":1}'), 'application/json', 'a.json', 'application/json'],
    ['code', utf8('let a = 1'), 'text/x-typescript', 'a.ts', 'text/x-typescript'],
    ['a docx', ZIP, DOCX_TYPE, 'a.docx', DOCX_TYPE],
    ['an xlsx', ZIP, XLSX_TYPE, 'a.xlsx', XLSX_TYPE],
    ['an office archive told by its name alone', OFFICE_ZIP, UNKNOWN, 'A.DOCX', DOCX_TYPE],
    ['an office archive declared as zip', OFFICE_ZIP, 'application/zip', 'a.xlsx', XLSX_TYPE],
    ['an office archive of another name', OFFICE_ZIP, UNKNOWN, 'a.zip', 'application/zip'],
    ['a zip archive that only its name makes a docx', ZIP, UNKNOWN, 'a.docx', 'application/zip'],
    ['a pdf whose bytes are none', utf8('a\0b'), 'application/pdf', 'a.pdf', 'application/pdf'],
    ['text declared as docx', utf8('just words'), DOCX_TYPE, 'a.docx', 'text/plain'],
    ['a zip archive', ZIP, UNKNOWN, 'a.zip', 'application/zip'],
    ['a zip archive declared as text', ZIP, 'text/plain', 'a.txt', 'application/zip'],
    ['svg', utf8('<?xml version="1.0"?><svg/>'), 'image/svg+xml', 'a.svg', 'image/svg+xml'],
    ['xhtml', utf8('<?xml version="1.0"?><html/>'), 'text/html', 'a.html', 'text/html'],
    ['xml declared as text', utf8('<?xml version="1.0"?><a/>'), 'text/plain', 'a.txt', 'application/xml'],
    ['text with a NUL byte', utf8('a\0b'), 'text/plain', 'a.txt', UNKNOWN],
    ['other bytes with a NUL byte', utf8('a\0b'), 'application/x-thing', 'a.x', 'application/x-thing'],
    ['Latin-1 text', Buffer.from('café', 'latin1'), 'text/plain', 'a.txt', 'text/plain'],
    ['Latin-1 text told by its name', Buffer.from('café', 'latin1'), UNKNOWN, 'a.csv', 'text/csv'],
    ['other bytes without NUL', Buffer.from([0xfe, 0xdc]), UNKNOWN, 'a', UNKNOWN],
    ['UTF-16 text', Buffer.from('\ufeffcafé', 'utf16le'), 'text/plain', 'a.txt', 'text/plain'],
    [
      'UTF-16 text told by its name',
      Buffer.from('\ufeffa,b', 'utf16le').swap16(),
      UNKNOWN,
      'a.csv',
      'text/csv',
    ],
    ['bytes that begin as UTF-16 and are none', Buffer.from([0xff, 0xfe, 0, 0, 1, 0]), UNKNOWN, 'a', UNKNOWN],
    ['a docx locked with a password', LOCKED, DOCX_TYPE, 'a.docx', DOCX_TYPE],
    ['a locked xlsx told by its name alone', LOCKED, UNKNOWN, 'a.xlsx', XLSX_TYPE],
    ['an old document', LOCKED, 'application/msword', 'a.doc', 'application/msword'],
    ['no bytes at all', Buffer.alloc(0), 'image/png', 'a.png', 'image/png'],
    ['no bytes, told by its name', Buffer.alloc(0), UNKNOWN, 'a.md', 'text/markdown'],
    ['a declared type that is none', utf8('words'), 'nonsense', 'a', 'text/plain'],
    ['a declared type with line breaks', utf8('words'), 'text/html\r\nX-Evil: 1', 'a', 'text/plain'],
  ])('%s', async (_kind, bytes, declared, name, expected) => {
    expect(await detectMediaType(bytes, declared, name)).toBe(expected)
  })

  it.each([
    'BMW builds cars.',
    'MZ is a file format.',
    'The free plan has limits.',
    'MAC addresses',
    'FORM 27',
    'solid ground',
  ])('sees that %j is text, whatever its first letters say', async text => {
    expect(await detectMediaType(utf8(text), 'text/plain', 'a.txt')).toBe('text/plain')
  })

  it.each([0, 1, 2, 3])(
    'bears with a character cut at the end of the head (%i bytes before)',
    async shift => {
      const head = utf8(`${'x'.repeat(shift)}${'🐝'.repeat(HEAD_BYTES)}`).subarray(0, HEAD_BYTES)
      expect(await detectMediaType(head, UNKNOWN, 'a')).toBe('text/plain')
    },
  )

  it('does not take bytes for text that end as no character does', async () => {
    const head = Buffer.concat([Buffer.alloc(HEAD_BYTES - 4, 'x'), Buffer.alloc(4, 0x80)])
    expect(await detectMediaType(head, UNKNOWN, 'a')).toBe(UNKNOWN)
  })
})

describe('isTextLike', () => {
  it.each([
    'text/plain',
    'text/x-rust',
    'text/csv',
    'text/html',
    'application/json',
    'application/ld+json',
    'application/xml',
    'application/pdf',
    DOCX_TYPE,
    XLSX_TYPE,
  ])('%s', type => {
    expect(isTextLike(type)).toBe(true)
  })
  it.each(['image/svg+xml', 'application/zip', UNKNOWN, 'application/msword', 'image/png'])(
    'not %s',
    type => {
      expect(isTextLike(type)).toBe(false)
    },
  )
})
