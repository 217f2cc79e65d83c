import type { Stage } from './stage.ts'

/** What one promise about speed came to. `target` says the bound, e.g. `>= 0.4`. */
export type Target = { name: string; value: number; unit: string; target: string; pass: boolean }

/** Rows under named columns, printed as a Markdown table. */
export type Table = { title: string; columns: string[]; rows: (string | number)[][] }

export type Result = { tables: Table[]; targets: Target[] }

export type Options = {
  /** How often the contestants alternate; figures are medians over the rounds. */
  rounds: number
  /** How long one contestant is measured in a round. */
  seconds: number
  /** Says on stderr how far the run is. */
  note(line: string): void
}

/** Measures one thing the API promises, beside its floors, in one run. */
export type Part = {
  name: string
  about: string
  run(stage: Stage, options: Options): Promise<Result>
}

/** A target that holds when the value is at least the bound. */
export function atLeast(bound: number, name: string, value: number, unit: string): Target {
  return { name, value: rounded(value), unit, target: `>= ${bound}`, pass: value >= bound }
}

/** A target that holds when the value is at most the bound. */
export function atMost(bound: number, name: string, value: number, unit: string): Target {
  return { name, value: rounded(value), unit, target: `<= ${bound}`, pass: value <= bound }
}

/** Three significant digits, or the whole number where that has more. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
