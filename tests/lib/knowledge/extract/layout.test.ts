import { describe, expect, it } from 'vitest'
import { textOf } from '../../../helpers/extract.ts'
import {
  documentXml,
  docxOf,
  listItem,
  NUMBERING,
  paragraph,
  table,
  writeDocx,
  writeXlsx,
  xlsxOf,
} from '../../../helpers/office.ts'

const STYLES =
  '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
  '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="21"/></cellXfs></styleSheet>'

describe('a Word document as people write them', () => {
  it('keeps line breaks, lists and the rows of tables', async () => {
    const body = [
      paragraph('Travel policy', 'Heading1'),
      '<w:p><w:r><w:t>first line</w:t><w:br/><w:t>second line</w:t></w:r></w:p>',
      listItem('by train', 0),
      listItem('with a ticket', 1),
      listItem('by bus', 0),
      paragraph('Rates:'),
      table([
        [['Country'], ['Per day']],
        [['France', 'and Monaco'], ['51 €']],
        [['Spain'], ['42 €']],
      ]),
      paragraph('End'),
    ]
    expect(await textOf('docx', docxOf(documentXml(body.join('')), NUMBERING))).toBe(
      [
        'Travel policy\n',
        'first line\nsecond line\n',
        '- by train\n- with a ticket\n- by bus\n',
        'Rates:\n',
        'Country | Per day\nFrance and Monaco | 51 €\nSpain | 42 €\n',
        'End',
      ].join('\n'),
    )
  })

  it('of many pages is read', async () => {
    const text = await textOf(
      'docx',
      writeDocx(Array.from({ length: 20_000 }, (_, n) => `Paragraph ${n} of many.`)),
    )
    expect(text.endsWith('\n\nParagraph 19999 of many.')).toBe(true)
  })
})

describe('a workbook as people write them', () => {
  it('takes no row for headers that may be one of the data', async () => {
    const rows = [
      ['Paris', 'France'],
      ['Rome', 'Italy'],
    ]
    expect(await textOf('xlsx', writeXlsx({ Capitals: rows }))).toBe(
      'Sheet: Capitals\nParis | France\nRome | Italy',
    )
  })

  it('takes headers from the first row of a table alone, and no farther than the table', async () => {
    const rows = [
      [1, 2],
      ['Name', 'Age'],
      ['Ada', 36],
    ]
    const two = [
      ['Month', 'Total'],
      ['May', 12],
      [null, null],
      ['Name', 'Town'],
      ['Ada', 'London'],
    ]
    expect(await textOf('xlsx', writeXlsx({ Late: rows, Two: two }))).toBe(
      [
        'Sheet: Late\n1 | 2\nName | Age\nAda | 36\n',
        'Sheet: Two\nMonth | Total\nMonth: May; Total: 12\nName | Town\nAda | London',
      ].join('\n'),
    )
  })

  it('may have merged cells, a chart and hidden sheets', async () => {
    const bytes = writeXlsx(
      {
        Shown: [
          ['Merged over three columns', null, null],
          ['a', null, 'b'],
        ],
        Chart: [],
        Secret: [['x']],
      },
      { Chart: 'chartsheet', Secret: 'hidden' },
    )
    expect(await textOf('xlsx', bytes)).toBe('Sheet: Shown\nMerged over three columns\na | b')
  })

  it('tells dates to the second, and times without a date', async () => {
    const cells: [number, number][] = [
      [45292, 1],
      [45292.123456, 2],
      [45291.999999999, 1],
      [0.75, 2],
      [1.25, 2],
    ]
    const row = cells.map(([value, style], at) => `<c r="${'ABCDE'[at]}1" s="${style}"><v>${value}</v></c>`)
    const sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">${row.join('')}</row></sheetData></worksheet>`
    expect(await textOf('xlsx', xlsxOf(['D'], [sheet], STYLES))).toBe(
      'Sheet: D\n2024-01-01 | 2024-01-01T02:57:47 | 2024-01-01 | 18:00:00 | 30:00:00',
    )
  })
})

describe('a page as people write them', () => {
  it('gives what it shows', async () => {
    const page = `<html><body><header>Shop, Cart</header><p hidden>a</p><p aria-hidden="true">b</p>
      <p style="color: red; DISPLAY:none">c</p><main><header><h1>Opening hours</h1></header>
      <ul><li>Monday<ul><li>morning</li><li>evening</li></ul></li><li>Sunday</li></ul></main>
      <dialog>Cookies?</dialog><footer>Imprint</footer></body></html>`
    expect(await textOf('html', page)).toBe('Opening hours\n\n- Monday\n- morning\n- evening\n- Sunday')
  })

  it('may name its encoding late', async () => {
    const late = `<!-- ${'x'.repeat(3_000)} --><meta charset="iso-8859-2"><p>\xb3\xf3d\xbc</p>`
    expect(await textOf('html', Buffer.from(late, 'latin1'))).toBe('łódź')
  })
})

describe('text with a mistake', () => {
  const accents = 'Élodie à Nîmes, déjà été là-bas. '
  it('of one byte stays UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(accents), Buffer.from([0xe9]), Buffer.from(' 5 €')])
    expect(await textOf('text', bytes)).toBe(`${accents}\ufffd 5 €`)
  })
})
