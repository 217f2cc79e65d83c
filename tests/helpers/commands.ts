import type { CommandStartedEvent } from 'mongodb'
import { connect } from '../../lib/db/connect.ts'

const QUIET = new Set(['endSessions', 'hello', 'ping'])
const ENDS = /^(commit|abort)Transaction /

/** Runs `work` and lists the database commands it caused, in order, as `name collection`. */
export async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  return (await started(work)).map(nameOf)
}

/** As `commandsOf`, by the transaction that they are part of, its end left out, and those outside of any. */
export async function transactionsOf(
  work: () => Promise<unknown>,
): Promise<{ transactions: string[][]; outside: string[] }> {
  const events = await started(work)
  const isInside = ({ command }: CommandStartedEvent) => command.autocommit === false
  const inside = Map.groupBy(events.filter(isInside), ({ command }) => {
    return `${command.lsid.id.toString('hex')} ${command.txnNumber}`
  })
  const listed = (of: CommandStartedEvent[]) => of.map(nameOf).filter(name => !ENDS.test(name))
  return {
    transactions: Array.from(inside.values(), listed),
    outside: events.filter(event => !isInside(event)).map(nameOf),
  }
}

function nameOf({ commandName, command }: CommandStartedEvent): string {
  return `${commandName} ${command[commandName]}`
}

async function started(work: () => Promise<unknown>): Promise<CommandStartedEvent[]> {
  const client = (await connect()).getClient()
  if (!client.options.monitorCommands) throw new Error('this client tells of no commands')
  const seen: CommandStartedEvent[] = []
  const note = (event: CommandStartedEvent) => {
    if (!QUIET.has(event.commandName)) seen.push(event)
  }
  client.on('commandStarted', note)
  try {
    await work()
  } finally {
    client.off('commandStarted', note)
  }
  return seen
}
