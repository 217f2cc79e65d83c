import type { CommandStartedEvent, Document } from 'mongodb'
import { connect } from '../../lib/db/connect.ts'

/** How the server reads what a `find` or an aggregation asks for. */
export type Explained = {
  stages: string[]
  index: string | null
  keysExamined: number
  docsExamined: number
  returned: number
}

const READS = new Set(['find', 'aggregate'])
const ASKED = ['find', 'aggregate', 'filter', 'pipeline', 'projection', 'sort', 'hint', 'limit', 'cursor']

/**
 * Runs `work` and has the server explain the first `find` it makes in a collection, or where it makes none the first
 * aggregation, just as it was sent.
 */
export async function explained(collection: string, work: () => Promise<unknown>): Promise<Explained> {
  const connection = await connect()
  const client = connection.getClient()
  const sent: Document[] = []
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (READS.has(commandName) && command[commandName] === collection) sent.push(command)
  }
  client.on('commandStarted', note)
  try {
    await work()
  } finally {
    client.off('commandStarted', note)
  }
  const command = sent.find(one => 'find' in one) ?? sent[0]
  if (!command) throw new Error(`nothing was found in ${collection}`)
  const asked = Object.fromEntries(ASKED.flatMap(name => (name in command ? [[name, command[name]]] : [])))
  const plan = await connection.db?.command({ explain: asked, verbosity: 'executionStats' })
  const stats = plan?.executionStats ?? plan?.stages?.[0]?.$cursor?.executionStats
  const { totalKeysExamined, totalDocsExamined, nReturned } = stats ?? {}
  const nodes = nodesOf(stats?.executionStages)
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
