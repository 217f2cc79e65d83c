import { readFileSync } from 'node:fs'
import { join } from 'node:path'

type Rule = { source: string; headers: { key: string; value: string }[] }

const file = join(import.meta.dirname, '..', '..', 'vercel.json')
const { headers } = JSON.parse(readFileSync(file, 'utf8')) as { headers: Rule[] }
const rules = headers.map(({ source, headers }) => ({ pattern: new RegExp(`^${source}$`), headers }))

/** The headers that the platform gives to what is served at a path: those of each rule of vercel.json that fits. */
export function pageHeaders(pathname: string): [name: string, value: string][] {
  const path = pathname.replace(/(?<=.)\/(index\.html)?$/, '')
  const fitting = rules.filter(({ pattern }) => pattern.test(path))
  return fitting.flatMap(({ headers }) => headers.map(({ key, value }) => [key, value] as [string, string]))
}
