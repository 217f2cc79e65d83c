import { fitPrompt } from '../../../lib/chat/internal/prompt.ts'

const history = Array.from({ length: 20 }, () => ({ role: 'user' as const, content: 'Bonjour. '.repeat(50) }))
const parts = { system: undefined, passages: [], question: 'Et alors ?' }

/** A prompt that surely fits, and one whose oldest message surely does not. */
const small = await fitPrompt({ ...parts, history, budget: 32_000 })
const tooLong = { role: 'user' as const, content: 'Bonjour. '.repeat(50_000) }
const large = await fitPrompt({ ...parts, history: [tooLong, ...history], budget: 32_000 })
if (small.messages.length !== 21 || large.messages.length !== 21)
  throw new Error('another prompt than expected')
