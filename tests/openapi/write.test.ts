import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeOpenApi } from '../../scripts/openapi/write.ts'

const apiDir = join(import.meta.dirname, '../../api')
const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)

let publicDir: string
beforeEach(async () => {
  publicDir = await mkdtemp(join(tmpdir(), 'public-'))
})
afterEach(() => rm(publicDir, { recursive: true }))

const write = () => writeOpenApi({ apiDir, publicDir, check: false })
const check = () => writeOpenApi({ apiDir, publicDir, check: true })

describe('writeOpenApi', () => {
  it('writes what its check then finds up to date', async () => {
    expect((await write()).faults).toEqual([])
    const { faults, summary } = await check()
    expect(faults).toEqual([])
    expect(summary).toMatch(/^openapi\.json is up to date: \d+ operations on \d+ paths$/)
  })

  it('writes the same bytes each time', async () => {
    const read = () => readFile(join(publicDir, 'openapi.json'), 'utf8')
    await write()
    const first = await read()
    await write()
    expect(await read()).toBe(first)
  })

  it('names each missing or stale file, and writes nothing when it checks', async () => {
    expect((await check()).faults).toHaveLength(3)
    expect(await readdir(publicDir)).toEqual([])
    await write()
    await appendFile(join(publicDir, 'docs/plans.html'), ' ')
    expect((await check()).faults).toEqual(['public/docs/plans.html is stale: npm run openapi'])
  })

  it('names a method without a contract, but none that otherMethods made', async () => {
    const { faults } = await writeOpenApi({ apiDir: fixture('no-contract'), publicDir, check: true })
    expect(faults).toEqual(['app/plain.ts: POST has no contract'])
  })

  it('names contracts that are not those of their file, and ids used twice; writes nothing then', async () => {
    const { faults } = await writeOpenApi({ apiDir: fixture('wrong-path'), publicDir, check: false })
    expect(faults).toEqual([
      'app/other.ts: serves PUT /api/app/other, but the contract getPlain says GET /api/app/plain',
      'app/other.ts: serves PATCH /api/app/other, but the contract getPlain says GET /api/app/plain',
      'The operation id getPlain is used 2 times',
    ])
    expect(await readdir(publicDir)).toEqual([])
  })
})
