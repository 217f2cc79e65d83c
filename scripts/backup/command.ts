import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { MongoClient } from 'mongodb'
import { requireConfig } from '../../lib/config.ts'
import { loadEnvFiles } from '../dev/env-files.ts'
import { loadEnvironmentFile } from '../dev/environment-file.ts'

export type Given = {
  client: MongoClient
  file: string
  options: Record<string, unknown>
  /** Aborted by Ctrl+C and by the first signal to end. */
  signal: AbortSignal
}

/** Runs a command on one file and the database of MONGODB_URI, prints what it says, and sets the exit code. */
export async function runCommand(
  usage: string,
  flags: ParseArgsOptionsConfig,
  command: (given: Given) => Promise<string>,
): Promise<void> {
  loadEnvironmentFile()
  loadEnvFiles()
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => ending.abort(new Error('It was interrupted.')))
  let client: MongoClient | undefined
  try {
    const { file, options } = read(usage, flags)
    client = new MongoClient(requireConfig('MONGODB_URI').MONGODB_URI, { serverSelectionTimeoutMS: 5_000 })
    console.log(await command({ client, file, options, signal: ending.signal }))
  } catch (error) {
    console.error(`It failed. ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  } finally {
    await client?.close()
  }
}

function read(usage: string, options: ParseArgsOptionsConfig) {
  const { positionals, values } = parseArgs({ options, allowPositionals: true })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new Error(`Usage: ${usage}`)
  return { file, options: values }
}
