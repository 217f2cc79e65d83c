import { describe, expect, it } from 'vitest'
import { modelName, resolveModel } from '../../../lib/ai/resolve-model.ts'

describe('resolveModel', () => {
  it.each([
    ['gpt-4o', 'openai', 'gpt-4o', false],
    ['openai/gpt-4o', 'openai', 'gpt-4o', false],
    ['groq/llama-3.3-70b', 'groq', 'llama-3.3-70b', false],
    ['groq/openai/gpt-oss-20b', 'groq', 'openai/gpt-oss-20b', false],
    ['openai/gpt-oss-20b', 'openai', 'gpt-oss-20b', false],
    ['vertex/google/gemini-2.5-flash', 'vertex', 'google/gemini-2.5-flash', false],
    ['meta-llama/llama-4', 'openai', 'meta-llama/llama-4', false],
    ['Groq/llama', 'openai', 'Groq/llama', false],
    ['groq', 'openai', 'groq', false],
    ['knowledge', 'openai', 'knowledge', false],
    ['knowledge/gpt-4o', 'openai', 'gpt-4o', true],
    ['knowledge/anthropic/claude-sonnet-4-5', 'anthropic', 'claude-sonnet-4-5', true],
    ['knowledge/groq/openai/gpt-oss-20b', 'groq', 'openai/gpt-oss-20b', true],
    ['openai/knowledge/x', 'openai', 'knowledge/x', false],
  ])('reads %s as %s, %s', (name, provider, model, knowledge) => {
    expect(resolveModel(name)).toEqual({ provider, model, knowledge })
  })

  it.each(['openai/', 'knowledge/', 'knowledge/groq/', ''])('refuses %j, which names no model', name => {
    expect(() => resolveModel(name)).toThrow('Names no model')
  })
})

describe('modelName', () => {
  it.each([
    ['openai', 'gpt-4o', 'gpt-4o'],
    ['openai', 'groq/odd', 'openai/groq/odd'],
    ['openai', 'knowledge/odd', 'openai/knowledge/odd'],
    ['groq', 'openai/gpt-oss-20b', 'groq/openai/gpt-oss-20b'],
  ] as const)('of %s, %s is %s, and is read back', (provider, model, name) => {
    expect(modelName(provider, model)).toBe(name)
    expect(resolveModel(name)).toEqual({ provider, model, knowledge: false })
  })
})
