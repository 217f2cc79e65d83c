import type { CommandStartedEvent, Document } from 'mongodb'
import { connect } from '../../lib/db/connect.ts'

/** How the server reads what a `find` asks for. */
export type Explained = {
  stages: string[]
  index: string | null
  keysExamined: number
  docsExamined: number
  returned: number
}

const ASKED = ['find', 'filter', 'projection', 'sort', 'hint', 'limit']

/** Runs `work` and has the server explain the first `find` it makes in a collection, just as it was sent. */
export async function explained(collection: string, work: () => Promise<unknown>): Promise<Explained> {
  const connection = await connect()
  const client = connection.getClient()
  const sent: Document[] = []
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'find' && command.find === collection) sent.push(command)
  }
  client.on('commandStarted', note)
  try {
    await work()
  } finally {
    client.off('commandStarted', note)
  }
  const [command] = sent
  if (!command) throw new Error(`nothing was found in ${collection}`)
  const asked = Object.fromEntries(ASKED.flatMap(name => (name in command ? [[name, command[name]]] : [])))
  const plan = await connection.db?.command({ explain: asked, verbosity: 'executionStats' })
  const { totalKeysExamined, totalDocsExamined, nReturned } = plan?.executionStats ?? {}
  const nodes = nodesOf(plan?.executionStats?.executionStages)
  return {
    stages: nodes.map(({ stage }) => stage),
    index: nodes.find(({ indexName }) => indexName)?.indexName ?? null,
    keysExamined: totalKeysExamined,
    docsExamined: totalDocsExamined,
    returned: nReturned,
  }
}

function nodesOf(node: Document | undefined): Document[] {
  if (!node) return []
  return [node, ...[node.inputStage, ...(node.inputStages ?? [])].flatMap(nodesOf)]
}
