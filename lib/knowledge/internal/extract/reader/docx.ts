import mammoth from 'mammoth'
import { BoundedText } from './bounded-text.ts'
import { checkOfficeZip } from './office-zip.ts'

/** The text of a Word document, paragraphs apart. @throws Unreadable when it is locked, a bomb or too long */
export async function read(bytes: Buffer): Promise<string> {
  await checkOfficeZip(bytes)
  const { value } = await mammoth.extractRawText({ buffer: bytes })
  const text = new BoundedText()
  text.add(value.replace(/\n{3,}/g, '\n\n').trim())
  return text.toString()
}
