import { Types } from 'mongoose'
import { expect, it } from 'vitest'
import { documentsOf } from '../../crashes/harness.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { beginUpload, rowOf } from './processing.ts'

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
