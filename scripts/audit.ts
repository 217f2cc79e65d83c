import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

type Severity = 'info' | 'low' | 'moderate' | 'high' | 'critical'

type Report = {
  metadata?: { vulnerabilities: Partial<Record<Severity, number>> }
  vulnerabilities?: Record<string, { severity: Severity; range: string }>
  message?: string
}

/** What a report of `npm audit --json` comes to. */
export type Verdict = { passed: boolean; text: string }

const GRAVE: readonly Severity[] = ['high', 'critical']

/** Fails for findings that are high or critical. No answer of the registry is no finding, and is told as such. */
export function verdictOf(output: string): Verdict {
  const report = parsed(output)
  if (!report?.metadata || !report.vulnerabilities)
    return { passed: true, text: `Nothing was checked: ${report?.message ?? 'npm audit gave no report'}.` }
  const grave = Object.entries(report.vulnerabilities).filter(([, { severity }]) => GRAVE.includes(severity))
  const lines = grave.map(([name, { severity, range }]) => `${severity}: ${name} ${range}`)
  const { low = 0, moderate = 0 } = report.metadata.vulnerabilities
  const summary = `${grave.length} high or critical, ${low + moderate} lower findings in production packages.`
  return { passed: grave.length === 0, text: [...lines, summary].join('\n') }
}

function parsed(output: string): Report | null {
  try {
    return JSON.parse(output) as Report
  } catch {
    return null
  }
}

/** `npm run audit`: asks the registry about known faults of production packages. */
if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8' })
  const { passed, text } = verdictOf(stdout ?? '')
  console.log(text)
  process.exitCode = passed ? 0 : 1
}
