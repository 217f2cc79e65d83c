import { startMongo } from '../../../scripts/mongo/start.ts'

const [dataDir] = process.argv.slice(2)
process.on('SIGINT', () => {})
const { uri } = await startMongo({ databaseName: 'shop', ...(dataDir === undefined ? {} : { dataDir }) })
process.stdout.write(`${uri}\n`)
