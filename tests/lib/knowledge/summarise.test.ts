import { describe, expect, it } from 'vitest'
import { summarise } from '../../../lib/knowledge/internal/summarise.ts'
import { services } from '../../setup/services.ts'

const newRun = () => ({ spent: { promptTokens: 0, completionTokens: 0, costUsd: 0 } })

describe('summarise', () => {
  it('gives the first sentences of the model, and what they cost', async () => {
    const run = newRun()
    expect(await summarise(run, 'Bees dance. They tell of flowers. They rest.')).toBe(
      'Bees dance. They tell of flowers.',
    )
    const { promptTokens, completionTokens, costUsd } = run.spent
    expect(promptTokens).toBeGreaterThan(completionTokens)
    expect(completionTokens).toBeGreaterThan(0)
    expect(costUsd).toBeGreaterThan(0)
  })

  it('withholds a summary that tells personal data', async () => {
    expect(await summarise(newRun(), 'Ask bee@example.org about bees. They rest.')).toBeNull()
  })

  it('is null when the provider fails, and no error', async () => {
    services.openai.failNext(500, 3)
    expect(await summarise(newRun(), 'Bees dance.')).toBeNull()
  })

  it('does not cut a character in two', async () => {
    await summarise(newRun(), `${'x'.repeat(7_999)}🐝 and more`)
    const { body } = services.openai.requests().at(-1) as { body: { messages: { content: string }[] } }
    expect(body.messages[1]?.content.isWellFormed()).toBe(true)
  })
})
