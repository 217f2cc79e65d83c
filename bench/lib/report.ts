import { cpus } from 'node:os'
import { rounded, type Table, type Target } from './part.ts'

/** A table as Markdown, with columns as wide as their longest cell. */
export function toMarkdown({ title, columns, rows }: Table): string {
  const cells = [columns, ...rows.map(row => row.map(toCell))]
  const widths = columns.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = cells
  return [
    `### ${title}`,
    '',
    line(head),
    line(widths.map(width => '-'.repeat(width))),
    ...body.map(line),
  ].join('\n')
}

/** The targets as a table, the missed ones marked. */
export function targetTable(targets: readonly Target[]): Table {
  const rows = targets.map(({ name, value, unit, target, pass }) => [
    name,
    `${value} ${unit}`,
    target,
    pass ? 'met' : 'MISSED',
  ])
  return { title: 'Targets', columns: ['target', 'measured', 'bound', ''], rows }
}

/** What the figures were taken on. */
export function machine(): string {
  const [cpu] = cpus()
  return `Node ${process.version}, ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'})`
}

function toCell(value: string | number): string {
  return typeof value === 'number' ? rounded(value).toLocaleString('en') : value
}
