import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { countTokens, estimateTokens, fewestTokens } from '../../../lib/ai/tokens.ts'
import { root, runScript } from '../../helpers/run-script.ts'

/** The same noise each time. */
function noise(bytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, i) =>
    createHash('sha256').update(`${i}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, bytes)
}

const TEXTS: Record<string, string> = {
  nothing: '',
  English: 'The quick brown fox jumps over the lazy dog, doesn’t it? '.repeat(20),
  French: 'Le chiffre d’affaires de l’entreprise a progressé de 12,5 % en 2024. '.repeat(20),
  Chinese: '公司的营业额在二零二四年增长了百分之十二点五。'.repeat(20),
  Thai: 'รายได้ของบริษัทเพิ่มขึ้นในปีที่แล้ว'.repeat(20),
  'rare characters': String.fromCodePoint(...noise(600).map(byte => 0x4e00 + byte * 80)),
  emoji: '👩‍💻🇫🇷🙂'.repeat(50),
  base64: noise(3000).toString('base64'),
  hexadecimal: noise(3000).toString('hex'),
  code: 'export const f = (a: number[]) => a.map(x => x * 2)\n\t// so\n'.repeat(20),
  spaces: ' '.repeat(2000),
  'line ends': '\r\n\t \n'.repeat(500),
  digits: '3,141592653589793; '.repeat(50),
  'text that reads as control': '<|endoftext|><|im_start|>',
  'half characters': '\ud800a\udc00'.repeat(50),
}

describe.each(Object.entries(TEXTS))('%s', (_, text) => {
  it('is never estimated below what it takes', async () => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(await countTokens(text))
  })
})

describe('fewestTokens', () => {
  it.each(['English', 'French', 'Chinese', 'emoji', 'base64', 'code'])(
    'is below the count of %s',
    async name => {
      const text = TEXTS[name] ?? ''
      expect(fewestTokens(text)).toBeLessThanOrEqual(await countTokens(text))
    },
  )
})

describe('countTokens', () => {
  beforeAll(() => countTokens(''))

  it.each([
    ['', 0],
    ['hello world', 2],
    ['tiktoken is great!', 6],
    ['<|endoftext|>', 7],
  ])('counts %j as o200k does', async (text, tokens) => {
    expect(await countTokens(text)).toBe(tokens)
  })

  it('counts for a run that is cut at most a little more than for the whole', async () => {
    const { countTokens: whole } = await import('gpt-tokenizer/encoding/o200k_base')
    for (const text of [
      'a'.repeat(3000),
      'AbCd'.repeat(500),
      '的'.repeat(1000),
      noise(2000).toString('hex'),
    ]) {
      const counted = await countTokens(text)
      expect(counted).toBeGreaterThanOrEqual(whole(text))
      expect(counted).toBeLessThanOrEqual(whole(text) * 1.05)
    }
  })

  it('counts ordinary text exactly', async () => {
    const { countTokens: whole } = await import('gpt-tokenizer/encoding/o200k_base')
    for (const name of ['English', 'French', 'code', 'digits']) {
      expect(await countTokens(TEXTS[name] ?? '')).toBe(whole(TEXTS[name] ?? ''))
    }
  })

  it.each([
    ['one letter', 'a'.repeat(100_000)],
    ['capitals', 'A'.repeat(100_000)],
    [
      'letters',
      noise(75_000)
        .toString('base64')
        .replace(/[^a-z]/gi, 'x'),
    ],
    ['base64', noise(75_000).toString('base64')],
    ['signs', '='.repeat(100_000)],
    ['spaces', ' '.repeat(100_000)],
    ['line ends and slashes', '\n/'.repeat(50_000)],
    ['signs with accents', '.\u0301'.repeat(50_000)],
    ['emoji', '🙂'.repeat(50_000)],
    ['Chinese', '的'.repeat(100_000)],
  ])('takes time linear in a run of %s', async (_, run) => {
    const before = process.threadCpuUsage()
    await countTokens(run)
    const { user, system } = process.threadCpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(1000)
  })
})

describe('the encoding', () => {
  it.each(['lib/ai/tokens.ts', 'lib/chat/answer-chat.ts'])('is not loaded with %s', async file => {
    const { code, output } = await runScript('scripts/lib/import-probe.ts', [join(root, file)])
    expect(code, output).toBe(0)
    const { files } = JSON.parse(output) as { files: string[] }
    expect(files).toContain(join(root, 'lib/ai/tokens.ts'))
    expect(files.filter(name => name.includes('gpt-tokenizer'))).toEqual([])
  })
})
