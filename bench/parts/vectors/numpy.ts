import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pythonWith } from '../../../tests/helpers/python.ts'
import type { Library } from './library.ts'

const REQUIREMENT = 'numpy==2.4.6'
const script = join(import.meta.dirname, '..', '..', 'floors', 'vectors.py')
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }

/** What a pass over all queries took, query by query, and the positions of the best ten of each. */
export type Pass = { ms: number[]; found: number[][] }

export type Numpy = { pass(): Promise<Pass>; stop(): Promise<void> }

/** numpy over the same vectors, in a process with one thread. @throws Error when Python or numpy cannot be had */
export async function startNumpy({ vectorsFile, queriesFile }: Library): Promise<Numpy> {
  const python = await pythonWith(REQUIREMENT)
  const child = spawn(python, [script, vectorsFile, queriesFile], {
    env: { ...process.env, ...ONE_THREAD },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async pass() {
      child.stdin.write('\n')
      const { value, done } = await lines.next()
      if (done) throw new Error('numpy ended')
      return JSON.parse(value) as Pass
    },
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
