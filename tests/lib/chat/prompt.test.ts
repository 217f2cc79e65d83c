import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { countTokens } from '../../../lib/ai/tokens.ts'
import { contextBudget, fitPrompt } from '../../../lib/chat/internal/prompt.ts'
import { groundingPrompt } from '../../../lib/knowledge/grounding.ts'
import type { Hit } from '../../../lib/knowledge/search.ts'
import { root, runScript } from '../../helpers/run-script.ts'

const WORDS = 'La réunion du comité aura lieu au siège de l’entreprise. '

function passage(chunk: number, text = WORDS.repeat(20)): Hit {
  return { fileId: 'f'.repeat(24), name: 'notes.md', chunk, score: 1 - chunk / 100, text }
}

function turns(count: number, content: (index: number) => string) {
  return Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content: content(index),
  }))
}

const nothing = { system: undefined, passages: [], history: [], question: 'Et alors ?' }

async function tokensOf(messages: { content: string }[]): Promise<number> {
  const counts = await Promise.all(messages.map(({ content }) => countTokens(content)))
  return counts.reduce((sum, tokens) => sum + tokens, 0)
}

describe('a prompt', () => {
  it('is all there when it fits', async () => {
    const history = turns(4, index => `tour ${index}`)
    const passages = [passage(0), passage(1)]
    const prompt = await fitPrompt({ ...nothing, system: 'Soyez bref.', passages, history, budget: 32_000 })
    expect(prompt.passages).toEqual(passages)
    expect(prompt.messages).toEqual([
      { role: 'system', content: `Soyez bref.\n\n${groundingPrompt(passages)}` },
      ...history,
      { role: 'user', content: 'Et alors ?' },
    ])
  })

  it('holds the question alone when there is nothing else', async () => {
    const { messages } = await fitPrompt({ ...nothing, budget: 1000 })
    expect(messages).toEqual([{ role: 'user', content: 'Et alors ?' }])
  })

  it('always keeps the system text and the question', async () => {
    const parts = { ...nothing, system: WORDS.repeat(100), question: WORDS.repeat(100) }
    const prompt = await fitPrompt({
      ...parts,
      passages: [passage(0)],
      history: turns(2, () => 'x'),
      budget: 10,
    })
    expect(prompt.messages.map(({ content }) => content)).toEqual([parts.system, parts.question])
    expect(prompt.passages).toEqual([])
  })
})

describe('history', () => {
  it.each([200, 1000, 5000])('fills a budget of %i with its newest messages, in order', async budget => {
    const history = turns(200, index => `${index} ${WORDS.repeat(4)}`)
    const { messages } = await fitPrompt({ ...nothing, history, budget })
    const kept = messages.slice(0, -1)
    expect(kept).toEqual(history.slice(-kept.length))
    const tokens = await tokensOf(messages)
    const next = await countTokens(history.at(-kept.length - 1)?.content ?? '')
    expect(tokens).toBeLessThanOrEqual(budget)
    expect(tokens + next).toBeGreaterThan(budget - 4 * (messages.length + 1))
  })

  it('ends at a message that does not fit, though older ones would', async () => {
    const history = turns(6, index => (index === 3 ? WORDS.repeat(500) : `tour ${index}`))
    const { messages } = await fitPrompt({ ...nothing, history, budget: 1000 })
    expect(messages.map(({ content }) => content)).toEqual(['tour 4', 'tour 5', 'Et alors ?'])
  })

  it('that a client sends at any length is bounded by the same tokens', async () => {
    const history = turns(100, () => '的'.repeat(100_000))
    const last = { role: 'assistant' as const, content: 'bref' }
    const { messages } = await fitPrompt({ ...nothing, history: [...history, last], budget: 32_000 })
    expect(messages.map(({ content }) => content)).toEqual(['bref', 'Et alors ?'])
  })

  it('counts tokens, not characters', async () => {
    const filled = async (content: string) =>
      (await fitPrompt({ ...nothing, history: turns(300, () => content), budget: 4000 })).messages.length
    const french = await filled('un deux trois quatre cinq six sept')
    const chinese = await filled('龘靐齉爩鱻麤龗灪吁龖厵滟爨癵驫麷鸞钃鱺麣讟饢')
    expect(chinese).toBeLessThan(french / 2)
  })
})

describe('passages', () => {
  it('take at most half of what the question leaves, the best first', async () => {
    const passages = Array.from({ length: 20 }, (_, chunk) => passage(chunk))
    const history = turns(100, index => `${index} ${WORDS.repeat(4)}`)
    const prompt = await fitPrompt({ ...nothing, passages, history, budget: 4000 })
    const [instructions, ...rest] = prompt.messages
    expect(prompt.passages.length).toBeGreaterThan(2)
    expect(prompt.passages).toEqual(passages.slice(0, prompt.passages.length))
    expect(instructions).toEqual({ role: 'system', content: groundingPrompt(prompt.passages) })
    expect(await countTokens(instructions?.content ?? '')).toBeLessThanOrEqual(2000)
    expect(rest.length).toBeGreaterThan(10)
    expect(await tokensOf(prompt.messages)).toBeLessThanOrEqual(4000)
  })

  it('are those that are sent: what did not fit is not given to cite', async () => {
    const passages = [passage(0, 'court'), passage(1, WORDS.repeat(500)), passage(2, 'court aussi')]
    const prompt = await fitPrompt({ ...nothing, passages, budget: 1000 })
    expect(prompt.passages).toEqual([passages[0]])
    expect(prompt.messages[0]?.content).toBe(groundingPrompt(passages.slice(0, 1)))
  })

  it('leave no instructions behind when none fits', async () => {
    const prompt = await fitPrompt({ ...nothing, passages: [passage(0, WORDS.repeat(500))], budget: 500 })
    expect(prompt.passages).toEqual([])
    expect(prompt.messages).toEqual([{ role: 'user', content: 'Et alors ?' }])
  })
})

describe('the encoding', () => {
  it('is not loaded far from the limit', async () => {
    const fixture = join(root, 'tests/lib/chat/far-from-limit.ts')
    const { code, output } = await runScript('scripts/lib/import-probe.ts', [fixture])
    expect(code, output).toBe(0)
    const { files } = JSON.parse(output) as { files: string[] }
    expect(files.filter(name => name.includes('gpt-tokenizer'))).toEqual([])
  })
})

describe('contextBudget', () => {
  it.each([
    [128_000, undefined, 32_000],
    [128_000, 100_000, 32_000],
    [16_000, 2_000, 14_000],
    [16_000, undefined, 12_000],
    [8_192, undefined, 6_144],
    [8_192, 100_000, 4_096],
    [1_000_000, 1, 32_000],
  ])('of a context of %i with an answer of %s is %i', (contextTokens, maxTokens, expected) => {
    expect(contextBudget(contextTokens, maxTokens)).toBe(expected)
  })
})
