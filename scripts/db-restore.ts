import { runCommand } from './backup/command.ts'
import { restore } from './backup/restore.ts'

/**
 * `npm run db:restore -- <file> [--drop]`: makes the database of MONGODB_URI what an archive of db:backup or
 * mongodump holds (docs/backup.md). One that is not empty is refused, or emptied with --drop. Exit 1 when it failed.
 */
const drop = { drop: { type: 'boolean' } } as const
await runCommand('npm run db:restore -- <file> [--drop]', drop, async ({ client, file, options, signal }) => {
  const { collections, documents } = await restore(client.db(), file, { drop: options.drop === true, signal })
  return `${client.db().databaseName}: ${collections} collections, ${documents} documents from ${file}`
})
