import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { environment, nodeOptions } from '../../../../lib/knowledge/internal/extract/confinement.ts'
import { extractText } from '../../../../lib/knowledge/internal/extract/extract-text.ts'
import { eventually, isAlive, readingProcesses, sourceOf, TYPES, textOf } from '../../../helpers/extract.ts'
import { pageOf, writePdf } from '../../../helpers/pdf.ts'
import { root } from '../../../helpers/run-script.ts'

const run = promisify(execFile)

/** What a script prints that runs as confined as the reading process. */
async function confined(script: string): Promise<string> {
  const args = [...nodeOptions(), '--input-type=module', '-e', script]
  return (await run(process.execPath, args, { env: environment() })).stdout.trim()
}

describe('the process that reads', () => {
  it('has none of the settings', async () => {
    expect(process.env.MONGODB_URI).toBeTypeOf('string')
    const names = JSON.parse(await confined('console.log(JSON.stringify(Object.keys(process.env)))'))
    expect(names.filter((name: string) => !/^(LD_LIBRARY_PATH|__CF_USER_TEXT_ENCODING)$/.test(name))).toEqual(
      [],
    )
  })

  it.each([
    [
      'read the settings file',
      `import { readFileSync } from 'node:fs'; readFileSync(${JSON.stringify(join(root, '.env.example'))})`,
    ],
    ['read the system', `import { readFileSync } from 'node:fs'; readFileSync('/etc/passwd')`],
    ['write', `import { writeFileSync } from 'node:fs'; writeFileSync('/tmp/written-by-a-reader', '')`],
    [
      'start a program',
      `import { execFileSync } from 'node:child_process'; execFileSync(process.execPath, ['-v'])`,
    ],
  ])('may not %s', async (_, script) => {
    await expect(confined(script)).rejects.toThrow('ERR_ACCESS_DENIED')
  })

  it('runs twice at once, and more files wait their turn', async () => {
    const pdf = writePdf([pageOf('Read.')])
    let most = 0
    const sampling = eventually(async () => {
      most = Math.max(most, (await readingProcesses()).length)
      return finished === 8
    }, 20_000)
    let finished = 0
    const texts = await Promise.all(
      Array.from({ length: 8 }, () => textOf('pdf', pdf).finally(() => finished++)),
    )
    await sampling
    expect(texts).toEqual(Array(8).fill('Read.'))
    expect(most).toBe(2)
  }, 30_000)

  it('is gone when the storage fails half way, and its error comes through', async () => {
    const fault = new Error('the storage is away')
    let running: number[] = []
    async function* pieces() {
      yield Buffer.from('%PDF-1.7\n')
      running = await readingProcesses()
      throw fault
    }
    const source = { mimeType: TYPES.pdf, size: 100, open: async () => pieces() }
    await expect(extractText(source)).rejects.toBe(fault)
    expect(running).toHaveLength(1)
    expect(await eventually(async () => !running.some(isAlive))).toBe(true)
  })

  it('is not started when the storage cannot open the file', async () => {
    const fault = new Error('the storage is away')
    const open = async () => {
      throw fault
    }
    await expect(extractText({ ...sourceOf('pdf', ''), open })).rejects.toBe(fault)
    expect(await readingProcesses()).toEqual([])
  })

  it('ends with the process that started it, however busy it is', async () => {
    const script = join(root, 'tests/lib/knowledge/extract/read-endless.ts')
    const parent = fork(script, [], { execArgv: [], silent: true })
    try {
      await once(parent, 'message')
      let readers: number[] = []
      await eventually(async () => {
        readers = await readingProcesses(parent.pid)
        return readers.length > 0
      })
      expect(readers).toHaveLength(1)
      parent.kill('SIGKILL')
      expect(await eventually(async () => !readers.some(isAlive))).toBe(true)
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it('is ended by its watchdog while its one thread unpacks into buffers', async () => {
    const script = join(root, 'tests/lib/knowledge/extract/inflate-watched.ts')
    const ended = await run(process.execPath, [script], { env: environment() }).catch(error => error)
    expect(ended).toMatchObject({ signal: 'SIGKILL', stdout: '' })
  })
})
