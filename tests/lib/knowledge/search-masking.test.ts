import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { searchKnowledge } from '../../../lib/knowledge/search.ts'
import { services } from '../../setup/services.ts'

process.env.PII_MASKING = 'on'

it('a query goes to the provider with personal data masked, as passages do', async () => {
  await searchKnowledge(randomUUID(), { query: 'What did marie@example.com write from 192.0.2.7?' })
  const sent = services.openai.requests().findLast(({ path }) => path === '/v1/embeddings')
  expect(sent?.body).toMatchObject({ input: ['What did [EMAIL_1] write from [IP_1]?'] })
})
