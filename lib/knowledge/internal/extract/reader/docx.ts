import { parseHTML } from 'linkedom'
import mammoth from 'mammoth'
import { blockText } from './block-text.ts'
import { BoundedText } from './bounded-text.ts'
import { checkOfficeZip } from './office-zip.ts'

const OPTIONS = {
  includeEmbeddedStyleMap: false,
  externalFileAccess: false,
  convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
}
/** What leads from a note back to where it is mentioned. */
const BACK_LINKS = /<a href="#(?:foot|end)note-ref-\d+">↑<\/a>/g

/**
 * The text of a Word document: paragraphs apart, list items after a dash, a table's row a line.
 * @throws Unreadable when it is locked, a bomb or too long
 */
export async function read(bytes: Buffer): Promise<string> {
  await checkOfficeZip(bytes)
  const { value } = await mammoth.convertToHtml({ buffer: bytes }, OPTIONS)
  const page = parseHTML(`<html><body>${value.replace(BACK_LINKS, '')}</body></html>`).document
  const text = new BoundedText()
  text.add(blockText(page.documentElement, { isContent: true, cellsAreLines: true }))
  return text.toString()
}
