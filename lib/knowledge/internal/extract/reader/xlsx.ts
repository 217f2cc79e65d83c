import readWorkbook, { type CellValue, type Row, type SheetData } from 'read-excel-file/universal'
import { BoundedText } from './bounded-text.ts'
import { checkOfficeZip, partOf } from './office-zip.ts'

const HOUR_MS = 3_600_000
/** Day 0 of a workbook: what lies before 1900 is a time without a date. */
const DAY_ZERO = Date.UTC(1899, 11, 30)

/**
 * The sheets of a workbook that are shown, each under its name and a row a line. Where a table begins with headers,
 * its rows are told with them, so that a line means something by itself: "Name: Ada; Born: 1815-12-10".
 * @throws Unreadable when it is locked, a bomb or too long
 */
export async function read(bytes: Buffer): Promise<string> {
  await checkOfficeZip(bytes)
  const isHidden = hiddenSheets(await partOf(bytes, 'xl/workbook.xml'))
  const sheets = await readWorkbook(arrayBufferOf(bytes))
  const text = new BoundedText()
  for (const [index, { sheet, data }] of sheets.entries()) {
    const lines = linesOf((data as SheetData | undefined) ?? [])
    const first = lines.next()
    if (first.done || isHidden[index]) continue
    text.add(`Sheet: ${sheet}\n${first.value}\n`)
    for (const line of lines) text.add(`${line}\n`)
    text.add('\n')
  }
  return text.toString().trim()
}

function arrayBufferOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}

/** Which sheets are hidden, in the order of the workbook. */
function hiddenSheets(workbookXml: string): boolean[] {
  const sheets = workbookXml.match(/<(?:\w+:)?sheet\s[^>]*>/g) ?? []
  return sheets.map(sheet => /\sstate\s*=\s*["'](?:veryH|h)idden["']/.test(sheet))
}

function* linesOf(rows: SheetData): Generator<string> {
  const headerAt = headerOf(rows)
  const tableEnd = rows.findIndex((row, index) => index > headerAt && !row.some(isFilled))
  const header = (rows[headerAt] ?? []).map(shown)
  for (const [index, row] of rows.entries()) {
    const isData = headerAt >= 0 && index > headerAt && (tableEnd < 0 || index < tableEnd)
    const line = isData ? toldWith(header, row) : row.map(shown).filter(Boolean).join(' | ')
    if (line !== '') yield line
  }
}

/**
 * Where the header is: the first row of more than one cell, if it is text alone and what stands below it, as far as
 * the next empty row, is not; else -1.
 */
function headerOf(rows: SheetData): number {
  const at = rows.findIndex(row => row.filter(isFilled).length > 1)
  const header = rows[at]
  if (!header?.every(cell => !isFilled(cell) || typeof cell === 'string')) return -1
  for (const row of rows.slice(at + 1)) {
    if (!row.some(isFilled)) return -1
    if (row.some((cell, column) => isFilled(cell) && typeof cell !== 'string' && isFilled(header[column])))
      return at
  }
  return -1
}

function isFilled(cell: CellValue | null | undefined): boolean {
  return cell !== null && cell !== undefined && cell !== ''
}

function toldWith(header: string[], row: Row): string {
  const cells = row.flatMap((cell, column) => {
    const value = shown(cell)
    if (value === '') return []
    return header[column] ? `${header[column]}: ${value}` : value
  })
  return cells.join('; ')
}

function shown(cell: CellValue | null): string {
  if (cell === null) return ''
  if (cell instanceof Date) return shownDate(Math.round(cell.getTime() / 1_000) * 1_000)
  return String(cell).replace(/\s+/g, ' ').trim()
}

/** To the second, which is how far a workbook's fractions of a day can be trusted. */
function shownDate(time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().slice(0, -'.000Z'.length).split('T')
  if (date.startsWith('1899')) return `${Math.floor((time - DAY_ZERO) / HOUR_MS)}${clock.slice('00'.length)}`
  return clock === '00:00:00' ? date : `${date}T${clock}`
}
