import { join } from 'node:path'
import { root, runScript } from '../helpers/run-script.ts'

/** Where the packed build stands while it is tested, beside the Vercel build. */
export const packedOutput = join(root, '.vercel', 'packed')

/** Builds it before the first test. @throws Error when the build fails */
export async function setup(): Promise<void> {
  const { code, output } = await runScript('scripts/build-packed.ts', ['--out', packedOutput])
  if (code !== 0) throw new Error(output)
}
