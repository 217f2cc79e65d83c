import { getDocumentProxy, getResolvedPDFJS } from 'unpdf'
import { Unreadable } from '../unreadable.ts'
import { BoundedText } from './bounded-text.ts'

/** More would not be read in time. */
const MAX_PAGES = 1_000

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>
type Page = Awaited<ReturnType<Pdf['getPage']>>

/** The reader of PDFs, once its parser is loaded. */
export async function pdfReader(): Promise<{ read(bytes: Buffer): Promise<string> }> {
  const { VerbosityLevel } = await getResolvedPDFJS()
  return { read: bytes => read(bytes, VerbosityLevel.ERRORS) }
}

/** The text of a PDF, page after page. @throws Unreadable when it is locked, too long or a picture of text */
async function read(bytes: Buffer, verbosity: number): Promise<string> {
  const pdf = await open(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), verbosity)
  if (pdf.numPages > MAX_PAGES) throw new Unreadable('The PDF has more than 1,000 pages.')
  const text = new BoundedText()
  let isEmpty = true
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number)
    const pageText = (await textOf(page)).trim()
    page.cleanup()
    if (pageText === '') continue
    text.add(isEmpty ? pageText : `\n\n${pageText}`)
    isEmpty = false
  }
  if (isEmpty) throw new Unreadable('The PDF has no text in it: it may be a scan.')
  return text.toString()
}

async function open(data: Uint8Array, verbosity: number): Promise<Pdf> {
  try {
    return await getDocumentProxy(data, { verbosity, useSystemFonts: false })
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException'
    throw isLocked ? new Unreadable('The PDF is protected by a password.') : error
  }
}

async function textOf(page: Page): Promise<string> {
  const { items } = await page.getTextContent()
  return items.map(item => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
}
