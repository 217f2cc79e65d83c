import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files and folders whose tests take 10 s and more on two idle cores, the longest first. */
const LONG = [
  'tests/faults/schemathesis.test.ts',
  'tests/faults/wire.test.ts',
  'tests/faults/failover',
  'tests/faults/stall.test.ts',
  'tests/faults/full-pool.test.ts',
  'tests/faults/load.test.ts',
  'tests/faults/shutdown.test.ts',
  'tests/faults/secrets/',
  'tests/lib/knowledge/extract/bombs.test.ts',
  'tests/security/matrix.test.ts',
  'tests/scripts/dev/',
  'tests/crashes/',
  'tests/console/',
  'tests/scripts/mongo/',
  'tests/properties/',
  'tests/journeys/',
  'tests/lib/knowledge/extract/',
  'tests/lib/knowledge/recall.test.ts',
  'tests/lib/db/',
  'tests/races/',
  'tests/api/app/export.streaming.test.ts',
  'tests/api/files/',
  'tests/lib/privacy/',
  'tests/scripts/',
]

/** A fresh clone knows no file's duration: a long one that comes last would have one core wait for the other. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => this.#rankOf(one) - this.#rankOf(other))
  }

  #rankOf({ moduleId }: TestSpecification): number {
    const file = relative(this.ctx.config.root, moduleId)
    const rank = LONG.findIndex(start => file.startsWith(start))
    return rank === -1 ? LONG.length : rank
  }
}
