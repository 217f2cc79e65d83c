import { createHash } from 'node:crypto'
import { Types } from 'mongoose'
import { expect, it } from 'vitest'
import { ingestFile } from '../../../lib/knowledge/ingest-file.ts'
import { documentsOf } from '../../crashes/harness.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { beginUpload, changeRow, rowOf } from './processing.ts'

// Settings are read when the first request comes.
process.env.PII_MASKING = 'on'

it('hides personal data from the provider, and keeps the text as it is', async () => {
  const text = 'Write to marie.curie@example.org about the lamp.'
  const fileId = await beginUpload(await freshTenant(), text)
  await background.drain()
  expect(await rowOf(fileId)).toMatchObject({ status: 'ready', piiFound: ['email'], summary: null })
  const sent = JSON.stringify(services.openai.requests().map(({ body }) => body))
  expect(sent).toContain('about the lamp.')
  expect(sent).not.toContain('marie.curie')
  const chunks = await documentsOf('knowledgechunks')
  const stored = await chunks.find({ fileId: new Types.ObjectId(fileId) }).toArray()
  expect(stored.map(chunk => chunk.text)).toEqual([text])
})

it('embeds anew what an earlier run embedded unmasked', async () => {
  const tenant = await freshTenant()
  const text = 'The lamp belongs to marie.curie@example.org.'
  const fileId = await beginUpload(tenant, text)
  await background.drain()
  const unmasked = JSON.stringify(['text-embedding-3-small', 'off', [text]])
  const passagesHash = createHash('sha256').update(unmasked).digest('hex')
  await changeRow(fileId, { status: 'processing', passagesHash })
  const asked = services.openai.requests().length
  expect(await ingestFile(fileId, tenant.clerkId)).toBe('ready')
  expect(services.openai.requests().length).toBe(asked + 1)
})
