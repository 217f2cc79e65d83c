import { minimalValue } from './json.ts'
import { bestQuote, findPassages, sentencesOf, withoutPassages } from './passages.ts'
import { type ChatRequest, imagesOf, isInstruction, type Message, textOf } from './requests.ts'
import { type ToolCall, toolAnswers, toolCallsFor } from './tools.ts'

const repeatedWords = 200
const filler = 'And here is a little more, since a longer answer was asked for.'.split(' ')

/** A text, or calls of tools. */
export type ModelAnswer = { text: string; toolCalls: ToolCall[] }

/** What the model answers to these messages: always the same, and from the passages when there are any. */
export function answerTo(request: ChatRequest): ModelAnswer {
  const toolCalls = toolCallsFor(request, questionIn(request.messages))
  return { text: toolCalls.length > 0 ? '' : textFor(request), toolCalls }
}

function textFor(request: ChatRequest): string {
  const text = plainAnswer(request.messages)
  const format = request.response_format
  if (format?.type === 'json_schema')
    return JSON.stringify(minimalValue(format.json_schema.schema ?? {}, text))
  if (format?.type === 'json_object') return JSON.stringify(namedKeys(request.messages, text))
  return text
}

function plainAnswer(messages: Message[]): string {
  const told = toolAnswers(messages)
  if (told !== undefined) return `The tools say: "${shortened(told)}"`
  const question = questionIn(messages)
  const last = messages.findLast(message => message.role === 'user')
  const images = last ? imagesOf(last) : []
  if (images.length > 0) return describeImages(images, question)

  const passages = findPassages(messages)
  const quote = bestQuote(passages, question)
  if (quote) return `According to [${quote.marker}]: "${quote.sentence}"`
  if (passages.length > 0) return `The documents don't say anything about this: "${shortened(question)}"`
  if (isSummaryAsked(messages)) return sentencesOf(question).slice(0, 2).join(' ').slice(0, 400)
  return lengthened(`Happy to help! You said: "${shortened(question)}"`, question)
}

function questionIn(messages: Message[]): string {
  const last = messages.findLast(message => message.role === 'user')
  return last ? withoutPassages(textOf(last)) : ''
}

function describeImages(images: string[], question: string): string {
  const names = images.map(url => (url.startsWith('data:') ? dataUrlName(url) : url)).join(', ')
  const asked = question ? ` You asked: "${shortened(question)}"` : ''
  return `I can see ${images.length === 1 ? 'an image' : `${images.length} images`}: ${names}.${asked}`
}

function dataUrlName(url: string): string {
  const [head = '', data = ''] = url.slice('data:'.length).split(',', 2)
  return `${head.split(';')[0]} of ${Buffer.from(data, 'base64').byteLength} bytes`
}

function isSummaryAsked(messages: Message[]): boolean {
  return messages.some(message => isInstruction(message) && /summar|résum/i.test(textOf(message)))
}

// A JSON object without a schema: the keys that the instructions put in double quotes.
function namedKeys(messages: Message[], text: string): Record<string, string> {
  const instructions = messages.filter(isInstruction).map(textOf).join('\n')
  const keys = [...instructions.matchAll(/"([A-Za-z_]\w*)"/g)].map(match => match[1] ?? '')
  return Object.fromEntries((keys.length > 0 ? keys : ['answer']).map(key => [key, text] as const))
}

function shortened(text: string): string {
  const words = text.split(/\s+/)
  return words.length > repeatedWords ? `${words.slice(0, repeatedWords).join(' ')}…` : text
}

// Asked for 500 words, it gives 500: something to watch, stop or disconnect from.
function lengthened(answer: string, question: string): string {
  const wanted = Number(/\b(\d{1,4})\s+(?:words|mots)\b/i.exec(question)?.[1] ?? 0)
  if (wanted === 0) return answer
  const words = answer.split(' ')
  while (words.length < wanted) words.push(...filler)
  return words.slice(0, wanted).join(' ')
}
