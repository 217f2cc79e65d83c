import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from './run-script.ts'

/** Lints one file's text as if it stood at that path of the project; the names of the rules it breaks. */
export function rulesBroken(file: string, text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'workflowai-lint-'))
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `${text}\n`)
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', '--reporter=json', file], {
      cwd: folder,
      encoding: 'utf8',
    })
    return (JSON.parse(stdout) as { diagnostics: { category: string }[] }).diagnostics.map(
      ({ category }) => category,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
