import readWorkbook, { type CellValue, type Row, type SheetData } from 'read-excel-file/universal'
import { BoundedText } from './bounded-text.ts'
import { checkOfficeZip } from './office-zip.ts'

/**
 * The sheets of a workbook, each under its name and a row a line, told with its columns' headers so that a line
 * means something by itself: "Name: Ada; Born: 1815-12-10".
 * @throws Unreadable when it is locked, a bomb or too long
 */
export async function read(bytes: Buffer): Promise<string> {
  await checkOfficeZip(bytes)
  const sheets = await readWorkbook(arrayBufferOf(bytes))
  const text = new BoundedText()
  for (const { sheet, data } of sheets) {
    const lines = linesOf(data)
    const first = lines.next()
    if (first.done) continue
    text.add(`Sheet: ${sheet}\n${first.value}\n`)
    for (const line of lines) text.add(`${line}\n`)
    text.add('\n')
  }
  return text.toString().trim()
}

function arrayBufferOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}

function* linesOf(rows: SheetData): Generator<string> {
  const headerAt = rows.findIndex(isHeader)
  const header = (rows[headerAt] ?? []).map(shown)
  for (const [index, row] of rows.entries()) {
    if (index === headerAt) continue
    const line = index < headerAt ? cellsOf(row, []) : cellsOf(row, header)
    if (line !== '') yield line
  }
}

/** The first row with words, and only words, in more than one column, when data follow it. */
function isHeader(row: Row, index: number, rows: SheetData): boolean {
  const filled = row.filter(cell => cell !== null)
  return filled.length > 1 && filled.every(cell => typeof cell === 'string') && index < rows.length - 1
}

function cellsOf(row: Row, header: string[]): string {
  const cells = row.flatMap((cell, column) => {
    const value = shown(cell)
    if (value === '') return []
    return header[column] ? `${header[column]}: ${value}` : value
  })
  return cells.join('; ')
}

function shown(cell: CellValue | null): string {
  if (cell === null) return ''
  if (cell instanceof Date)
    return cell
      .toISOString()
      .replace(/T00:00:00\.000Z$/, '')
      .replace(/\.000Z$/, '')
  return String(cell).replace(/\s+/g, ' ').trim()
}
