import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { textOf } from '../../../helpers/extract.ts'
import { documentXml, docxOf, sheetXml, writeDocx, writeXlsx, xlsxOf } from '../../../helpers/office.ts'

const DAMAGED = 'The file is damaged and cannot be read.'
const oldContainer = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2_000)])
const jokes =
  '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'

describe('a Word document', () => {
  it('gives its paragraphs', async () => {
    expect(await textOf('docx', writeDocx(['Terms & conditions', 'Élodie pays.', '', 'End']))).toBe(
      'Terms & conditions\n\nÉlodie pays.\n\nEnd',
    )
  })

  it.each([
    ['cut off', writeDocx(['x']).subarray(0, 500), DAMAGED],
    ['without its main part', docxOf({ name: 'inner.docx', content: writeDocx(['x']) }), DAMAGED],
    [
      'of entities within entities',
      docxOf(documentXml('<w:p><w:r><w:t>&c;</w:t></w:r></w:p>', jokes)),
      DAMAGED,
    ],
    [
      'with encrypted parts',
      docxOf({ name: 'word/document.xml', content: documentXml(''), encrypted: true }),
      'The document is protected by a password.',
    ],
    [
      'locked as a whole',
      oldContainer,
      'The document is protected by a password, or of a format from before 2007.',
    ],
    [
      'with too much text',
      writeDocx(Array.from({ length: 600 }, () => randomBytes(5_000).toString('hex'))),
      'The text is longer than 5 MiB.',
    ],
  ])('%s fails and says so', async (_, bytes, reason) => {
    await expect(textOf('docx', bytes)).rejects.toMatchObject({ code: 'invalid_input', message: reason })
  })
})

describe('a workbook', () => {
  it('gives each row with the headers of its columns', async () => {
    const workbook = writeXlsx({
      People: [
        ['Name', 'Age', 'Town'],
        ['Ada', 36, null],
        ['Zoë', null, 'Łódź'],
      ],
      Empty: [],
      Report: [
        ['Sales 2024', null],
        ['Month', 'Total'],
        ['May', 12.5],
        [null, null],
        ['June', 13, 'late'],
      ],
      Numbers: [
        [1, 2],
        [3, 4],
      ],
    })
    expect(await textOf('xlsx', workbook)).toBe(
      [
        'Sheet: People\nName | Age | Town\nName: Ada; Age: 36\nName: Zoë; Town: Łódź\n',
        'Sheet: Report\nSales 2024\nMonth | Total\nMonth: May; Total: 12.5\nJune | 13 | late\n',
        'Sheet: Numbers\n1 | 2\n3 | 4',
      ].join('\n'),
    )
  })

  it('tells dates as dates', async () => {
    const style =
      '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
      '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    const row = '<row r="1"><c r="A1" s="1"><v>45292</v></c><c r="B1" s="1"><v>45292.5</v></c></row>'
    expect(await textOf('xlsx', xlsxOf(['D'], [sheetXml(row)], style))).toBe(
      'Sheet: D\n2024-01-01 | 2024-01-01T12:00:00',
    )
  })

  it('of entities within entities gives them unexpanded', async () => {
    const row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&c;</t></is></c></row>'
    expect(await textOf('xlsx', xlsxOf(['S'], [sheetXml(row, jokes)]))).toBe('Sheet: S\n&c;')
  })

  it.each([
    ['cut off', writeXlsx({ S: [['x']] }).subarray(0, 700), DAMAGED],
    ['that is no workbook', writeDocx(['x']), DAMAGED],
    [
      'with too much text',
      writeXlsx({ S: Array.from({ length: 6_000 }, (_, row) => [`${row} lorem ipsum `.repeat(60)]) }),
      'The text is longer than 5 MiB.',
    ],
  ])('%s fails and says so', async (_, bytes, reason) => {
    await expect(textOf('xlsx', bytes)).rejects.toMatchObject({ code: 'invalid_input', message: reason })
  })
})
