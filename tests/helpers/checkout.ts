import { cp, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './run-script.ts'

const PARTS = ['api', 'lib', 'models', 'scripts', 'public', 'package.json', 'tsconfig.json', 'vercel.json']

/** A checkout to run scripts in, as `.local/` of the real one may be in use; gives its folder. */
export async function copyCheckout(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `workflowai-${name}-`))
  for (const part of PARTS) await cp(join(root, part), join(folder, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
