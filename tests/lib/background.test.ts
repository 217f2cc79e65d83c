import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { inBackground } from '../../lib/background.ts'
import { background } from '../setup/file.ts'

describe('work in the background', () => {
  it('is waited for, also when it begins more', async () => {
    const done: string[] = []
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    inBackground(
      'first',
      first.promise.then(() => {
        done.push('first')
        inBackground(
          'second',
          second.promise.then(() => {
            done.push('second')
          }),
        )
      }),
    )
    const drained = background.drain().then(() => done.push('drained'))
    first.resolve()
    second.resolve()
    await drained
    expect(done).toEqual(['first', 'second', 'drained'])
  })

  it('that fails harms nobody', async () => {
    inBackground('failing', Promise.reject(new Error('no')))
    await expect(background.drain()).resolves.toBeUndefined()
  })

  it('that fails is logged with its name, and the process lives on', async () => {
    const code = `
      import { inBackground } from './lib/background.ts'
      inBackground('send report', Promise.reject(new Error('the printer is on fire')))
      setTimeout(() => console.log('alive'))
    `
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '-e', code],
      { cwd: join(import.meta.dirname, '..', '..'), env: { ...process.env, LOG_LEVEL: 'error' } },
    )
    expect(stdout.trim()).toBe('alive')
    expect(JSON.parse(stderr)).toMatchObject({
      level: 50,
      work: 'send report',
      msg: 'background work failed',
      err: { message: 'the printer is on fire', stack: expect.stringContaining('Error') },
    })
  })
})
