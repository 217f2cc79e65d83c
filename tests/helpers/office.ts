import { writeZip, type ZipEntry } from './zip.ts'

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const SHEET = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'

export type Cell = string | number | null

/** A Word document of such paragraphs. */
export function writeDocx(paragraphs: readonly string[]): Buffer {
  return docxOf(
    documentXml(paragraphs.map(text => `<w:p><w:r><w:t>${escaped(text)}</w:t></w:r></w:p>`).join('')),
  )
}

export function paragraph(text: string, style?: string): string {
  const properties = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''
  return `<w:p>${properties}<w:r><w:t>${escaped(text)}</w:t></w:r></w:p>`
}

/** An item of a bulleted list; the document needs `NUMBERING`. */
export function listItem(text: string, level: number): string {
  const properties = `<w:pPr><w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="1"/></w:numPr></w:pPr>`
  return `<w:p>${properties}<w:r><w:t>${escaped(text)}</w:t></w:r></w:p>`
}

/** A table of rows of cells of paragraphs. */
export function table(rows: string[][][]): string {
  const cell = (paragraphs: string[]) => `<w:tc>${paragraphs.map(text => paragraph(text)).join('')}</w:tc>`
  return `<w:tbl>${rows.map(cells => `<w:tr>${cells.map(cell).join('')}</w:tr>`).join('')}</w:tbl>`
}

const LEVELS = [0, 1].map(level => `<w:lvl w:ilvl="${level}"><w:numFmt w:val="bullet"/></w:lvl>`).join('')

/** The parts that say how lists are marked. */
export const NUMBERING: ZipEntry[] = [
  { name: 'word/_rels/document.xml.rels', content: relationships([['rId1', 'numbering', 'numbering.xml']]) },
  {
    name: 'word/numbering.xml',
    content:
      `${XML}<w:numbering xmlns:w="${WORD}"><w:abstractNum w:abstractNumId="0">${LEVELS}</w:abstractNum>` +
      '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
  },
]

export function documentXml(body: string, doctype = ''): string {
  return `${XML}${doctype}<w:document xmlns:w="${WORD}"><w:body>${body}</w:body></w:document>`
}

/** A Word document whose main part is this, or this entry. */
export function docxOf(document: string | ZipEntry, more: ZipEntry[] = []): Buffer {
  const name = 'word/document.xml'
  return writeZip([
    { name: '[Content_Types].xml', content: contentTypes([[`/${name}`, 'wordprocessingml.document.main']]) },
    { name: '_rels/.rels', content: relationships([['rId1', 'officeDocument', name]]) },
    typeof document === 'string' ? { name, content: document } : document,
    ...more,
  ])
}

/** A sheet that is not shown, or that is a chart alone. */
type Special = 'hidden' | 'chartsheet'

/** A workbook of such sheets, texts written inline. */
export function writeXlsx(sheets: Record<string, Cell[][]>, special: Record<string, Special> = {}): Buffer {
  return xlsxOf(
    Object.keys(sheets),
    Object.values(sheets).map(rows => sheetXml(rows.map(rowXml).join(''))),
    undefined,
    special,
  )
}

export function sheetXml(rows: string, doctype = ''): string {
  return `${XML}${doctype}<worksheet xmlns="${SHEET}"><sheetData>${rows}</sheetData></worksheet>`
}

/** A workbook whose sheets have these names and are these parts, or entries; `styles` say how cells are shown. */
export function xlsxOf(
  names: readonly string[],
  sheets: readonly (string | ZipEntry)[],
  styles?: string,
  special: Record<string, Special> = {},
): Buffer {
  const path = (index: number) => `xl/worksheets/sheet${index + 1}.xml`
  const listed = names.map(
    (name, index) =>
      `<sheet name="${name}" sheetId="${index + 1}"${special[name] === 'hidden' ? ' state="hidden"' : ''} r:id="rId${index + 1}"/>`,
  )
  const types: [string, string][] = names.map((_, index) => [`/${path(index)}`, 'spreadsheetml.worksheet'])
  const related: [string, string, string][] = names.map((name, index) => [
    `rId${index + 1}`,
    special[name] === 'chartsheet' ? 'chartsheet' : 'worksheet',
    path(index).replace('xl/', ''),
  ])
  if (styles) related.push(['styles', 'styles', 'styles.xml'])
  return writeZip([
    {
      name: '[Content_Types].xml',
      content: contentTypes([['/xl/workbook.xml', 'spreadsheetml.sheet.main'], ...types]),
    },
    { name: '_rels/.rels', content: relationships([['rId1', 'officeDocument', 'xl/workbook.xml']]) },
    {
      name: 'xl/workbook.xml',
      content: `${XML}<workbook xmlns="${SHEET}" xmlns:r="${OFFICE}"><sheets>${listed.join('')}</sheets></workbook>`,
    },
    { name: 'xl/_rels/workbook.xml.rels', content: relationships(related) },
    ...(styles ? [{ name: 'xl/styles.xml', content: styles }] : []),
    ...sheets.map((sheet, index) =>
      typeof sheet === 'string' ? { name: path(index), content: sheet } : sheet,
    ),
  ])
}

function rowXml(cells: Cell[], row: number): string {
  const written = cells.map((cell, column) => {
    const at = `r="${columnName(column)}${row + 1}"`
    if (cell === null) return ''
    if (typeof cell === 'number') return `<c ${at}><v>${cell}</v></c>`
    return `<c ${at} t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`
  })
  return `<row r="${row + 1}">${written.join('')}</row>`
}

function columnName(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index)
}

function contentTypes(parts: [name: string, type: string][]): string {
  const overrides = parts.map(
    ([name, type]) =>
      `<Override PartName="${name}" ContentType="application/vnd.openxmlformats-officedocument.${type}+xml"/>`,
  )
  return (
    `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`
  )
}

function relationships(targets: [id: string, type: string, target: string][]): string {
  const listed = targets.map(
    ([id, type, target]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  )
  return `${XML}<Relationships xmlns="${RELATIONSHIPS}">${listed.join('')}</Relationships>`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
}
