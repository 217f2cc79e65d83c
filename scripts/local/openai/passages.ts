import { isInstruction, type Message, textOf } from './requests.ts'
import { sharedWords, tellingWords } from './words.ts'

export type Passage = { marker: string; text: string }

const passageStart = /^\[(\d+)\] \(.+?\) /

/** The knowledge passages in the messages: lines `[1] (file name) text…` and what follows them. */
export function findPassages(messages: Message[]): Passage[] {
  return messages
    .filter(message => isInstruction(message) || message.role === 'user')
    .flatMap(message => splitPassages(textOf(message), !isInstruction(message)).passages)
}

/** A user's question, without passages that were sent along with it. */
export function withoutPassages(text: string): string {
  return splitPassages(text, true).rest.trim()
}

// In a user's message a blank line ends a passage, since the question may follow.
function splitPassages(text: string, blankLineEnds: boolean): { passages: Passage[]; rest: string } {
  const passages: Passage[] = []
  const rest: string[] = []
  let current: Passage | undefined
  for (const line of text.split('\n')) {
    const start = passageStart.exec(line)
    if (start) {
      current = { marker: start[1] ?? '', text: line.slice(start[0].length) }
      passages.push(current)
    } else if (blankLineEnds && line.trim() === '') current = undefined
    else if (current) current.text += `\n${line}`
    else rest.push(line)
  }
  return { passages, rest: rest.join('\n') }
}

/** The passage and sentence that share most words with the question; undefined when none shares any. */
export function bestQuote(
  passages: Passage[],
  question: string,
): { marker: string; sentence: string } | undefined {
  const words = tellingWords(question)
  const best = mostShared(words, passages, passage => passage.text)
  if (!best || sharedWords(words, best.text) === 0) return undefined
  const sentence = mostShared(words, sentencesOf(best.text), text => text) ?? best.text
  return { marker: best.marker, sentence }
}

/** A text's sentences, trimmed. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?…])\s+|\n+/)
    .map(sentence => sentence.trim())
    .filter(sentence => sentence !== '')
}

function mostShared<Item>(words: Set<string>, items: Item[], text: (item: Item) => string): Item | undefined {
  const scored = items.map(item => ({ item, score: sharedWords(words, text(item)) }))
  return scored.toSorted((left, right) => right.score - left.score)[0]?.item
}
