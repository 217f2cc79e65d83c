import type { CommandStartedEvent } from 'mongodb'
import { connect } from '../../../lib/db/connect.ts'

/** Does something whenever such a command is sent, until it is told to stop. */
export async function onCommand(name: string, collection: string, react: () => void): Promise<() => void> {
  const client = (await connect()).getClient()
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === name && command[name] === collection) react()
  }
  client.on('commandStarted', note)
  return () => client.off('commandStarted', note)
}
