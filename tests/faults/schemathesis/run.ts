import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pythonWithAll } from '../../helpers/python.ts'
import { root } from '../../helpers/run-script.ts'
import type { Headers } from '../../helpers/tenant.ts'

const here = import.meta.dirname
const HOOKS = join(here, 'hooks.py')
const REQUIREMENTS = join(here, 'requirements.txt')
const DOCUMENT = join(root, 'public', 'openapi.json')

export type Plan = {
  seed: number
  phases: string
  /** Most cases of one operation in a phase; how many coverage has follows from the document. */
  examples: number
  /** A run that takes longer is a failure. */
  seconds: number
}

export type Run = {
  url: string
  /** What the hooks are told, as JSON. */
  cast: object
  /** Headers that present an identity; the next one is tried where the one before is refused. A visitor has none. */
  identities: Record<string, Headers>
  /** The identities are peers, who must not see each other’s objects: all requests are the first one’s. */
  peers: boolean
  /** The paths of the operations to call. */
  paths: string
}

export type Outcome = { cases: number; operations: number; failures: string[]; report: string }

/** Makes the environment of the tool, once and whole. */
export const installed = () => pythonWithAll('schemathesis', REQUIREMENTS)

/** Calls the API in every way that its document allows and forbids. */
export async function fuzz(plan: Plan, run: Run): Promise<Outcome> {
  const python = await installed()
  const folder = await mkdtemp(join(tmpdir(), 'schemathesis-'))
  try {
    const files = await writeFiles(folder, plan, run)
    const report = await start(python, folder, plan, run, files)
    return outcomeOf(await readReport(files.report), report)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Files = { config: string; cast: string; report: string }

async function writeFiles(folder: string, { seed }: Plan, run: Run): Promise<Files> {
  const at = (name: string) => join(folder, name)
  const names = Object.keys(run.identities)
  const entries = Object.entries(run.identities).map(([name, headers]) => ({
    name,
    fixedHeaders: Object.entries(headers).map(([header, value]) => ({ name: header, value })),
  }))
  await writeFile(at('auth.json'), JSON.stringify({ auth: entries }))
  await writeFile(at('cast.json'), JSON.stringify(run.cast))
  // TOML writes strings and lists as JSON does.
  const auth = { path: at('auth.json'), ...(run.peers && { user: names[0], peers: names }) }
  const settings = [
    `hooks = ${JSON.stringify(HOOKS)}`,
    `seed = ${seed}`,
    'continue-on-failure = true',
    '[checks.positive_data_acceptance]',
    // A key that was revoked too long ago is no fault of the request.
    'expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "410", "429", "5xx"]',
    '[checks.negative_data_rejection]',
    // What is too long for its field can be too long for the whole body.
    'expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "5xx"]',
    ...(names.length > 0 ? ['[auth.wfc]', ...Object.entries(auth).map(toLine)] : []),
  ]
  await writeFile(at('config.toml'), `${settings.join('\n')}\n`)
  return { config: at('config.toml'), cast: at('cast.json'), report: at('report.json') }
}

function toLine([key, value]: [string, unknown]): string {
  return `${key} = ${JSON.stringify(value)}`
}

function start(python: string, cwd: string, plan: Plan, run: Run, files: Files): Promise<string> {
  const options = {
    '--url': run.url,
    '--checks': 'all',
    '--phases': plan.phases,
    '--max-examples': String(plan.examples),
    '--generation-database': 'none',
    '--include-path-regex': run.paths,
    '--report': 'json',
    '--report-json-path': files.report,
    '--request-timeout': '60',
  }
  const args = ['-m', 'schemathesis.cli', '--config-file', files.config, 'run', DOCUMENT]
  const flags = ['--no-color', '--no-shrink', ...Object.entries(options).flat()]
  const env = { PATH: process.env.PATH, SCHEMATHESIS_CAST: files.cast, PYTHONDONTWRITEBYTECODE: '1' }
  const bounds = {
    timeout: plan.seconds * 1000,
    maxBuffer: 256 * 1024 * 1024,
    killSignal: 'SIGKILL' as const,
  }
  return new Promise(resolve => {
    execFile(python, [...args, ...flags], { cwd, env, ...bounds }, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error?.killed ? `\nended after ${plan.seconds} s` : ''}`),
    )
  })
}

type Report = {
  complete?: boolean
  operations?: { tested: number }
  test_cases?: { generated: number }
  failures?: { code: string; title: string; operations: string[] }[]
  errors?: unknown[]
}

/** Of a run that was ended early there is no whole one. */
async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return JSON.parse(text || '{}')
}

function outcomeOf(told: Report, report: string): Outcome {
  const failures = (told.failures ?? []).flatMap(({ code, title, operations }) =>
    operations.map(operation => `${code} ${title}: ${operation}`),
  )
  const errors = (told.errors ?? []).map(error => JSON.stringify(error))
  return {
    cases: told.test_cases?.generated ?? 0,
    operations: told.operations?.tested ?? 0,
    failures: [...failures, ...errors, ...(told.complete ? [] : ['the run did not come to its end'])],
    report,
  }
}
