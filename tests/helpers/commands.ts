import type { CommandStartedEvent } from 'mongodb'
import { connect } from '../../lib/db/connect.ts'

const QUIET = new Set(['endSessions', 'hello', 'ping'])

/** Runs `work` and lists the database commands it caused, in order, as `name collection`. */
export async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const client = (await connect()).getClient()
  const seen: string[] = []
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (!QUIET.has(commandName)) seen.push(`${commandName} ${command[commandName]}`)
  }
  client.on('commandStarted', note)
  try {
    await work()
  } finally {
    client.off('commandStarted', note)
  }
  return seen
}
