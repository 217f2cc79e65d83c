import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Send } from '../../scripts/demo/client.ts'
import { TYPES } from '../helpers/extract.ts'
import { writeDocx, writeXlsx } from '../helpers/office.ts'
import { pageOf, writePdf } from '../helpers/pdf.ts'

export const FACT = 'The lighthouse of Cordouan has 301 steps.'

/** A document of each format that tells the fact. */
export const documents: [keyof typeof TYPES, Buffer][] = [
  ['pdf', writePdf([pageOf('Lighthouses'), pageOf(FACT)])],
  ['docx', writeDocx(['Lighthouses', FACT])],
  [
    'xlsx',
    writeXlsx({
      Facts: [
        ['Topic', 'Fact'],
        ['Towers', FACT],
        ['Sea', 'It is deep.'],
      ],
    }),
  ],
  ['html', Buffer.from(`<title>Lighthouses</title><nav>Home</nav><p>${FACT}</p>`)],
]

/** Uploads a document and gives its id. */
export async function upload(user: Send, type: keyof typeof TYPES, bytes: Buffer): Promise<string> {
  const form = new FormData()
  form.set('file', new Blob([Uint8Array.from(bytes)], { type: TYPES[type] }), `facts.${type}`)
  const uploaded = await user('POST', '/api/files', { body: form })
  expect(uploaded.status, JSON.stringify(uploaded.body)).toBe(201)
  expect(uploaded.body.mimeType).toBe(TYPES[type])
  return uploaded.body.id
}

/** Waits until the file is read, and finds the fact in it. */
export async function expectFound(user: Send, id: string): Promise<void> {
  const file = await settled(user, id)
  expect(file).toMatchObject({ status: 'ready', error: null, embedded: true })
  const found = await user('POST', '/api/files/search', { json: { query: FACT, fileIds: [id] } })
  expect(found.body.data[0]).toMatchObject({ fileId: id, text: expect.stringContaining(FACT) })
  expect(found.body.data[0].text).not.toContain('Home')
}

async function settled(user: Send, id: string) {
  for (let attempt = 0; attempt < 120; attempt++) {
    const { body } = await user('GET', `/api/files/${id}`)
    if (body.status !== 'processing') return body
    await sleep(250)
  }
  throw new Error('the file is processing still')
}
