import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { placeFile, writePrivateFile, writeWholeFile } from '../../../scripts/lib/whole-file.ts'

const CONTENTS = ['a', 'b'].map(letter => letter.repeat(4_000_000))
const TIMES = 20

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflowai-whole-file-'))
  file = join(folder, 'below', 'file')
  onTestFinished(() => rm(folder, { recursive: true }))
})

it('who reads a file that is being replaced finds the old content or the new, whole', async () => {
  const [first = '', second = ''] = CONTENTS
  await writeWholeFile(file, first)
  let isWriting = true
  const write = async () => {
    for (let time = 0; time < TIMES; time += 1) await writeWholeFile(file, time % 2 ? first : second)
    isWriting = false
  }
  const lengths = new Set<number>()
  const read = async () => {
    while (isWriting) lengths.add((await readFile(file)).length)
  }
  await Promise.all([write(), read()])
  expect([...lengths]).toEqual([first.length])
  expect(await readdir(join(folder, 'below'))).toEqual(['file'])
})

it('a file that has the content already stays the one it is, another is replaced', async () => {
  await placeFile(file, 'one')
  const { ino } = await stat(file)
  await placeFile(file, Buffer.from('one'))
  expect((await stat(file)).ino).toBe(ino)
  await placeFile(file, 'two')
  expect(await readFile(file, 'utf8')).toBe('two')
})

it('a private file is its owner’s alone, also when it was not', async () => {
  await writeWholeFile(file, 'secret')
  await writePrivateFile(file, 'secret')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})
