import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { buildPacked } from '../../../scripts/build-packed.ts'

export type Built = {
  /** Bare http and the driver, imported from where it is installed. */
  floor: string
  /** The same, in one file with the driver. */
  bundledFloor: string
  launcher: string
  /** The output folder of the packed build. */
  packed: string
  remove(): Promise<void>
}

const bench = join(import.meta.dirname, '..', '..')

/** Builds what is started cold: JavaScript, as nobody strips types at a cold start. */
export async function build(): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), 'cold-start-'))
  const packed = join(folder, 'output')
  await buildPacked(packed)
  const floor = join(bench, 'floors', 'cold-start.ts')
  return {
    floor: await toJavaScript(floor, join(folder, 'floor.mjs'), ['mongodb']),
    bundledFloor: await toJavaScript(floor, join(folder, 'bundled-floor.mjs'), []),
    launcher: await toJavaScript(join(import.meta.dirname, 'launcher.ts'), join(folder, 'launcher.mjs'), []),
    packed,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Bundles a script, leaving these packages where they are installed. */
async function toJavaScript(script: string, file: string, packages: readonly string[]): Promise<string> {
  const { resolve } = createRequire(script)
  const bundle = await rolldown({
    input: script,
    platform: 'node',
    tsconfig: false,
    logLevel: 'silent',
    external: [...packages],
  })
  const paths = Object.fromEntries(packages.map(name => [name, resolve(name)]))
  await bundle.write({ file, format: 'es', paths })
  await bundle.close()
  return file
}
