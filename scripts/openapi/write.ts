import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadRoutes } from '../lib/routes.ts'
import { buildDocument } from './document.ts'
import { documentFaults, routeFaults } from './faults.ts'
import { plansPage, problemsPage } from './pages.ts'

type Options = { apiDir: string; publicDir: string; check: boolean }
type Outcome = { faults: string[]; summary: string }

/**
 * Writes openapi.json and the generated pages, or with `check` compares them with what is there. Writes
 * nothing while there are faults.
 */
export async function writeOpenApi({ apiDir, publicDir, check }: Options): Promise<Outcome> {
  const routes = await loadRoutes(apiDir)
  const faults = routeFaults(apiDir, routes)
  if (faults.length > 0) return { faults, summary: '' }

  const contracts = routes.flatMap(({ methods }) => methods.flatMap(method => method.contracts))
  const document = buildDocument(contracts)
  faults.push(...(await documentFaults(document)))
  const files = {
    'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'docs/problems.html': problemsPage(),
    'docs/plans.html': plansPage(),
  }
  if (check) faults.push(...(await staleFiles(publicDir, files)))
  else if (faults.length === 0) await writeFiles(publicDir, files)

  const paths = Object.keys(document.paths ?? {}).length
  const verb = check ? 'is up to date' : 'written'
  return { faults, summary: `openapi.json ${verb}: ${contracts.length} operations on ${paths} paths` }
}

async function staleFiles(publicDir: string, files: Record<string, string>): Promise<string[]> {
  const compared = Object.entries(files).map(async ([name, text]) => {
    const present = await readFile(join(publicDir, name), 'utf8').catch(() => undefined)
    return present === text ? [] : [`public/${name} is stale: npm run openapi`]
  })
  return (await Promise.all(compared)).flat()
}

async function writeFiles(publicDir: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(publicDir, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const root = join(import.meta.dirname, '..', '..')
  const { faults, summary } = await writeOpenApi({
    apiDir: join(root, 'api'),
    publicDir: join(root, 'public'),
    check: values.check,
  })
  for (const fault of faults) console.error(fault)
  if (faults.length === 0) console.log(summary)
  process.exitCode = faults.length > 0 ? 1 : 0
}
