import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
]

/** Copies what the API reference needs of Swagger UI to where it is served. */
export async function copyVendorFiles(): Promise<void> {
  const from = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')))
  const to = join(import.meta.dirname, '..', 'public', 'vendor', 'swagger-ui')
  await mkdir(to, { recursive: true })
  await Promise.all(FILES.map(name => copyFile(join(from, name), join(to, name))))
}

if (import.meta.main) await copyVendorFiles()
