import { Readable } from 'node:stream'
import type { UserCaller } from '../auth/caller.ts'
import { AppError } from '../errors.ts'
import { profileOf } from '../users/holdings.ts'
import { type ArchiveEntry, archiveOf } from './archive.ts'
import type { Attachment, Holding, Owner } from './holding.ts'
import { HOLDINGS } from './holdings.ts'

/**
 * All that is kept about the caller, as a zip that is made while it is read. What fails on the way breaks it
 * off.
 */
export async function exportAccount({ clerkId }: UserCaller): Promise<ReadableStream<Uint8Array>> {
  const owner = { clerkId }
  return archiveOf(entriesOf(owner, await profileOf(owner)))
}

async function* entriesOf(owner: Owner, profile: object | null): AsyncGenerator<ArchiveEntry> {
  yield { path: 'README.txt', content: Readable.from([readMe()]) }
  yield { path: 'profile.json', content: Readable.from([`${JSON.stringify(profile, null, 2)}\n`]) }
  for (const holding of HOLDINGS) yield* entriesOfHolding(holding, owner)
}

async function* entriesOfHolding(holding: Holding, owner: Owner): AsyncGenerator<ArchiveEntry> {
  const content = Readable.from(jsonOf(holding.rows(owner)), { objectMode: false })
  yield { path: `${holding.name}.json`, content }
  for await (const attachment of holding.attachments?.(owner) ?? []) {
    const bytes = await opened(attachment)
    if (bytes) yield { path: attachment.path, content: bytes }
  }
}

/** Null when the bytes went since their row was read. */
async function opened({ open }: Attachment): Promise<Readable | null> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null
    throw error
  }
}

/** A JSON array, row by row, each on a line of its own. */
async function* jsonOf(rows: AsyncIterable<object>): AsyncGenerator<string> {
  let before = '[\n'
  for await (const row of rows) {
    yield before + JSON.stringify(row)
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

function readMe(): string {
  const kinds = [
    ['profile.json', 'Your account: who you are, your plan and what it stands on.'],
    ...HOLDINGS.map(({ name, about }) => [`${name}.json`, about]),
    ['files/', 'Your files as you sent them, under their ids and names.'],
  ]
  const lines = kinds.map(([name, about]) => `${name}\n  ${about}\n`)
  return [
    'All that WorkFlowAI keeps about you. It is removed 30 days after you delete your account.\n',
    'Each .json file is a list, but for the profile. Times are in UTC.\n',
    ...lines,
    'Secrets are left out, and so is what we compute from your texts to search them.\n',
  ].join('\n')
}
