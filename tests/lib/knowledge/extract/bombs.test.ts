import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { extractText } from '../../../../lib/knowledge/internal/extract/extract-text.ts'
import { deflatedRepeat, zlibRepeat } from '../../../helpers/deflate.ts'
import { eventually, readingProcesses, sourceOf, type TYPES } from '../../../helpers/extract.ts'
import { documentXml, docxOf, sheetXml, xlsxOf } from '../../../helpers/office.ts'
import { writePdf } from '../../../helpers/pdf.ts'
import { writeZip, type ZipEntry } from '../../../helpers/zip.ts'

const MIB = 1024 * 1024
const zeros = Buffer.alloc(MIB)
const spaces = Buffer.alloc(MIB, ' ')
const gigabyte = deflatedRepeat(spaces, 1024)
const DOCUMENT = 'word/document.xml'
const SHEET = 'xl/worksheets/sheet1.xml'

const EITHER = /needs more memory|took longer/
const BOMB = /^The file unpacks to more than reading may take\.$/
const DAMAGED = /^The file is damaged and cannot be read\.$/

/** A small archive in an archive in an archive, each deep enough for a petabyte if one unpacked them all. */
function nested(depth: number): Buffer {
  let inner = writeZip([{ name: 'zeros', deflated: gigabyte, declaredSize: 1024 * MIB }])
  for (let level = 0; level < depth; level++)
    inner = writeZip(Array.from({ length: 8 }, (_, index) => ({ name: `${index}.zip`, content: inner })))
  return inner
}

function pdfOfLayers(innermost: Buffer, layers: number): Buffer {
  let bytes = innermost
  for (let layer = 1; layer < layers; layer++) bytes = deflateSync(bytes, { level: 9 })
  return writePdf([{ bytes, filter: `[${'/FlateDecode '.repeat(layers)}]` }])
}

const manyEntries: ZipEntry[] = Array.from({ length: 20_000 }, (_, index) => ({
  name: `${index}`,
  content: '',
}))
const sharing = Array.from({ length: 40 }, (_, index) => ({
  name: `part${index}.xml`,
  deflated: deflatedRepeat(spaces, 3),
  declaredSize: 3 * MIB,
}))
const tags = deflatedRepeat(Buffer.from('<w:p><w:r><w:t>x</w:t></w:r></w:p>'.repeat(1000)), 1500)

const bombs: [string, keyof typeof TYPES, () => Buffer, RegExp][] = [
  ['a PDF deflated twice', 'pdf', () => pdfOfLayers(zlibRepeat(zeros, 2048), 2), EITHER],
  ['a PDF deflated three times', 'pdf', () => pdfOfLayers(zlibRepeat(spaces, 8192), 3), EITHER],
  [
    'a docx of a gigabyte',
    'docx',
    () => docxOf({ name: DOCUMENT, deflated: gigabyte, declaredSize: 1024 * MIB }),
    BOMB,
  ],
  [
    'a docx that lies about its gigabyte',
    'docx',
    () => docxOf({ name: DOCUMENT, deflated: gigabyte, declaredSize: 1000 }),
    DAMAGED,
  ],
  [
    'a docx with a gigabyte aside, about which it lies',
    'docx',
    () => docxOf(documentXml(''), [{ name: 'word/aside.xml', deflated: gigabyte, declaredSize: 10 }]),
    DAMAGED,
  ],
  ['a docx of many large parts', 'docx', () => docxOf(documentXml(''), sharing), BOMB],
  ['a docx of 20,000 parts', 'docx', () => docxOf(documentXml(''), manyEntries), BOMB],
  [
    'a docx of 50 MB of paragraphs',
    'docx',
    () => docxOf({ name: DOCUMENT, deflated: tags, declaredSize: 1500 * 34_000 }),
    BOMB,
  ],
  [
    'an xlsx of a gigabyte',
    'xlsx',
    () => xlsxOf(['S'], [{ name: SHEET, deflated: gigabyte, declaredSize: 1024 * MIB }]),
    BOMB,
  ],
  [
    'an xlsx that lies about its gigabyte',
    'xlsx',
    () => xlsxOf(['S'], [{ name: SHEET, deflated: gigabyte, declaredSize: 99 }]),
    DAMAGED,
  ],
  [
    'an xlsx of one cell, the farthest',
    'xlsx',
    () => xlsxOf(['S'], [sheetXml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')]),
    EITHER,
  ],
  ['archives within archives', 'docx', () => nested(3), DAMAGED],
  ['archives within archives', 'xlsx', () => nested(3), DAMAGED],
  ['a page of 300,000 levels', 'html', () => Buffer.from('<div>'.repeat(300_000)), EITHER],
  ['a page of a million paragraphs', 'html', () => Buffer.from('<p>x'.repeat(1_000_000)), EITHER],
  ['a page of 100 MB of spaces', 'html', () => Buffer.alloc(100_000_000, ' '), EITHER],
  ['gzip that calls itself text', 'text', () => gzipSync(Buffer.alloc(50 * MIB)), /something else than text/],
  ['100 MB of spaces', 'text', () => Buffer.alloc(100_000_000, ' '), /longer than 5 MiB/],
  [
    'more than 100 MiB',
    'pdf',
    () => Buffer.alloc(101 * MIB, '%PDF-1.7\n'),
    /^The file is larger than 100 MiB\.$/,
  ],
]

describe('a hostile file fails in time, for a reason, and costs this process little', () => {
  it.each(bombs)('%s (%s)', { timeout: 30_000 }, async (_, type, make, reason) => {
    const source = sourceOf(type, make())
    const before = process.memoryUsage.rss()
    let most = before
    const sampler = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss())
    }, 20)
    const start = performance.now()
    const outcome = await extractText(source).catch(error => error)
    const took = performance.now() - start
    clearInterval(sampler)
    expect(outcome).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(reason) })
    expect(took).toBeLessThan(15_000)
    expect(most - before).toBeLessThan(200 * MIB)
    expect(await eventually(async () => (await readingProcesses()).length === 0)).toBe(true)
  })
})
