import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Part, Target } from './lib/part.ts'
import { machine, targetTable, toMarkdown } from './lib/report.ts'
import { closeServer, openStage } from './lib/stage.ts'
import { parts } from './parts/index.ts'

/**
 * `npm run bench`: measures the API beside its floors and prints tables; `-- key-get chat` runs these parts alone,
 * `--json FILE` also writes the targets, `--rounds` and `--seconds` say how long. Exit code 1 when a target is
 * missed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
  },
})
const chosen = positionals.length === 0 ? parts : positionals.map(named)
const targets: Target[] = []
const note = (line: string) => process.stderr.write(`${line}\n`)
console.log(`${machine()}, ${values.rounds} rounds\n`)
try {
  for (const part of chosen) targets.push(...(await measure(part)))
} finally {
  await closeServer()
}
console.log(`${toMarkdown(targetTable(targets))}\n`)
if (values.json) await writeFile(values.json, `${JSON.stringify(targets, null, 2)}\n`)
process.exit(targets.every(({ pass }) => pass) ? 0 : 1)

/** Each part has a stage of its own: a database that is fresh, and nothing left running. */
async function measure(part: Part): Promise<Target[]> {
  const say = (line: string) => note(`${part.name}: ${line}`)
  const stage = await openStage(say)
  try {
    const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), note: say }
    const result = await part.run(stage, options)
    console.log(`## ${part.name}: ${part.about}\n`)
    for (const table of result.tables) console.log(`${toMarkdown(table)}\n`)
    return result.targets
  } finally {
    await stage.close()
  }
}

function named(name: string): Part {
  const part = parts.find(one => one.name === name)
  if (!part) throw new Error(`there is no part ${name}; there are ${parts.map(one => one.name).join(', ')}`)
  return part
}
