import { backUp } from './backup/back-up.ts'
import { runCommand } from './backup/command.ts'

/**
 * `npm run db:backup -- <file>`: writes the database of MONGODB_URI, as it is at one moment, into a new archive that
 * db:restore and mongorestore read (docs/backup.md). Exit 1, and no file, when that failed.
 */
await runCommand('npm run db:backup -- <file>', {}, async ({ client, file, signal }) => {
  const { collections, documents, bytes } = await backUp(client, file, signal)
  const { databaseName } = client.db()
  return `${databaseName}: ${collections} collections, ${documents} documents, ${bytes} bytes in ${file}`
})
