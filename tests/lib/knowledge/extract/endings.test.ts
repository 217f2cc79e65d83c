import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  type Ending,
  EXIT_UNSETTLED,
  readingFault,
} from '../../../../lib/knowledge/internal/extract/endings.ts'
import { verdict } from '../../../../lib/knowledge/internal/extract/reader/watchdog.ts'
import { Unreadable } from '../../../../lib/knowledge/internal/extract/unreadable.ts'
import { root } from '../../../helpers/run-script.ts'

const ending = (over: Partial<Ending>): Ending => ({
  code: null,
  signal: null,
  output: '',
  errors: '',
  ...over,
})

describe('whose fault it is that there is no text', () => {
  it.each([
    [5_001, 'Reading the file took longer than 10 seconds.'],
    [10_000, 'Reading the file took longer than 10 seconds.'],
  ])('the file, when it took %i ms of computing', (cpuMs, reason) => {
    expect(readingFault(ending({ signal: verdict(cpuMs) }))).toEqual(new Unreadable(reason))
  })

  it('ours, when time passed and the machine gave it none', () => {
    expect(readingFault(ending({ signal: verdict(1_900) }))).not.toBeInstanceOf(Unreadable)
  })

  it.each(['SIGKILL', 'SIGABRT'] as const)('the file, when %s ended it for its memory', signal => {
    expect(readingFault(ending({ signal })).message).toBe('The file needs more memory than reading may take.')
  })

  it.each(['SIGTERM', 'SIGSEGV', 'SIGHUP'] as const)('ours, when %s ended it', signal => {
    expect(readingFault(ending({ signal }))).not.toBeInstanceOf(Unreadable)
  })

  it('ours, when a parser came to no end', async () => {
    const script = join(root, 'tests/lib/knowledge/extract/unsettled.ts')
    const child = promisify(execFile)(process.execPath, [script, 'pdf'])
    child.child.stdin?.end('a file')
    const { code } = await child.then(() => ({ code: 0 })).catch(error => error)
    expect(code).toBe(EXIT_UNSETTLED)
    expect(readingFault(ending({ code }))).not.toBeInstanceOf(Unreadable)
  })
})
