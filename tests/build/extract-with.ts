import { pathToFileURL } from 'node:url'
import type { extractText } from '../../lib/knowledge/internal/extract/extract-text.ts'
import { sourceOf } from '../helpers/extract.ts'
import { writeDocx, writeXlsx } from '../helpers/office.ts'
import { pageOf, writePdf } from '../helpers/pdf.ts'

/** Prints the text of a file of each format, as extracted by the module that the first argument names. */
const module = (await import(pathToFileURL(process.argv[2] ?? '').href)) as {
  extractText: typeof extractText
}
const read = (type: 'pdf' | 'docx' | 'xlsx' | 'html', bytes: Buffer) =>
  module.extractText(sourceOf(type, bytes))
const texts = {
  pdf: await read('pdf', writePdf([pageOf('From a PDF.')])),
  docx: await read('docx', writeDocx(['From a document.'])),
  xlsx: await read(
    'xlsx',
    writeXlsx({
      S: [
        ['From', 'And'],
        ['a workbook', 1],
      ],
    }),
  ),
  html: await read('html', Buffer.from('<p>From a page.</p>')),
}
process.stdout.write(JSON.stringify(texts))
