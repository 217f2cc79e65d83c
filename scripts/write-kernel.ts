import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import wabt from 'wabt'

const folder = join(import.meta.dirname, '..', 'lib', 'knowledge', 'internal')

/** The text of kernel.ts as kernel.wat, assembled, gives it. */
export async function kernelSource(): Promise<string> {
  const { parseWat } = await wabt()
  const module = parseWat('kernel.wat', await readFile(join(folder, 'kernel.wat')), { simd: true })
  try {
    const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64')
    const lines = base64.match(/.{1,96}/g) ?? []
    return [
      '/** kernel.wat as WebAssembly, in Base64: `node scripts/write-kernel.ts` writes this file. */',
      'export const KERNEL = [',
      ...lines.map(line => `  '${line}',`),
      "].join('')",
      '',
    ].join('\n')
  } finally {
    module.destroy()
  }
}

if (import.meta.main) await writeFile(join(folder, 'kernel.ts'), await kernelSource())
