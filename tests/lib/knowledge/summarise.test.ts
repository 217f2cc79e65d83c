import { describe, expect, it } from 'vitest'
import { summarise } from '../../../lib/knowledge/internal/summarise.ts'
import { services } from '../../setup/services.ts'

describe('summarise', () => {
  it('gives the first sentences of the model', async () => {
    expect(await summarise('Bees dance. They tell of flowers. They rest.')).toBe(
      'Bees dance. They tell of flowers.',
    )
  })

  it('withholds a summary that tells personal data', async () => {
    expect(await summarise('Ask bee@example.org about bees. They rest.')).toBeNull()
  })

  it('is null when the provider fails, and no error', async () => {
    services.openai.failNext(500, 3)
    expect(await summarise('Bees dance.')).toBeNull()
  })

  it('does not cut a character in two', async () => {
    await summarise(`${'x'.repeat(7_999)}🐝 and more`)
    const { body } = services.openai.requests().at(-1) as { body: { messages: { content: string }[] } }
    expect(body.messages[1]?.content.isWellFormed()).toBe(true)
  })
})
