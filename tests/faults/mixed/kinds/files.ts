import { createHash } from 'node:crypto'
import type { Document } from 'mongodb'
import { fileForm } from '../../../helpers/files.ts'
import { countedWrong, groupBy, type Kind } from '../kind.ts'
import { type Effect, isAcknowledged } from '../ledger.ts'

/** Files a tenant keeps; of more than these the oldest is deleted. */
const MOST_FILES = 30

type Sent = { size: number; sha256: string }

/** Uploads of texts that are then ingested, and deletions. Their mark is a name. */
export const files: Kind = {
  async act(hand) {
    const { session, files: kept } = hand.tenant
    const isKeyed = hand.chance(0.5)
    // What is no text is not ingested, which costs little.
    const isText = hand.chance(0.2)
    const words = 'word '.repeat(Math.floor(hand.next() ** 4 * (isText ? 500 : 60_000)))
    const bytes = Buffer.from(isText ? `A note.\n${words}` : `\0\xff\0${words}`, 'latin1')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const effect = hand.begin<Sent>({ kind: 'upload', sent: { size: bytes.byteLength, sha256 } })
    const headers = { ...session, ...(isKeyed && { 'Idempotency-Key': effect.mark }) }
    const [suffix, type] = isText ? ['txt', 'text/plain'] : ['bin', 'application/octet-stream']
    const body = () => fileForm(bytes, `${effect.mark}.${suffix}`, type)
    const ask = { method: 'POST', path: '/api/files', headers, body, again: isKeyed }
    const told = await hand.send(effect, ask)
    if (!isAcknowledged(effect)) return
    if (isKeyed && hand.chance(0.2)) await hand.send(effect, ask)
    kept.push(told.body.id)
    const old = kept.length > MOST_FILES || hand.chance(0.3) ? kept.shift() : undefined
    if (old === undefined) return
    const deletion = hand.begin({ kind: 'delete', mark: old, sent: {} })
    const { status } = await hand.send(deletion, { method: 'DELETE', path: `/api/files/${old}`, again: true })
    // It is gone, by an earlier attempt.
    if (status === 404) deletion.answers.push(null)
  },
  check(effects, stored) {
    const byName = groupBy(stored.knowledgefiles, ({ name }) => name.replace(/\.\w+$/, ''))
    const deletions = new Map(effects.flatMap(one => (one.kind === 'delete' ? [[one.mark, one]] : [])))
    const heads = groupBy(stored['files.files'], ({ _id }) => String(_id))
    const pieces = groupBy(stored.pieces, ({ _id }) => String(_id))
    const uploads = effects.filter(({ kind }) => kind === 'upload') as Effect<Sent>[]
    return [
      ...uploads.flatMap(effect => {
        const rows = byName.get(effect.mark) ?? []
        const deletion = deletions.get(effect.answers[0]?.id)
        return deletion ? deletionWrong(deletion, rows) : uploadWrong(effect, rows)
      }),
      ...stored.knowledgefiles.flatMap(row => bytesWrong(row, heads, pieces)),
      ...strayBytes(stored),
      ...chargesWrong(effects, stored),
    ]
  },
}

function uploadWrong(effect: Effect<Sent>, rows: Document[]): string[] {
  const { mark, sent, answers } = effect
  const settled = rows.filter(({ status }) => status !== 'uploading')
  const told = new Set(answers.map(({ id }) => id))
  const odd = settled.filter(({ size, sha256 }) => size !== sent.size || sha256 !== sent.sha256)
  return [
    ...countedWrong(effect, settled.length, 'file'),
    ...(told.size > 1 ? [`upload ${mark}: its attempts were told ${told.size} files`] : []),
    ...odd.map(({ size }) => `upload ${mark}: ${size} bytes are not what was sent`),
  ]
}

function deletionWrong(deletion: Effect, rows: Document[]): string[] {
  const isThere = rows.some(({ _id }) => String(_id) === deletion.mark)
  return isThere && isAcknowledged(deletion) ? [`delete ${deletion.mark}: the file is there`] : []
}

/** A file that can be seen has all of its bytes. */
function bytesWrong(
  row: Document,
  heads: Map<string, Document[]>,
  pieces: Map<string, Document[]>,
): string[] {
  const { _id, status, size, storagePath } = row
  if (status === 'uploading') return []
  const length = heads.get(String(storagePath))?.[0]?.length
  const summed = pieces.get(String(storagePath))?.[0]?.size ?? 0
  if (length === size && summed === size) return []
  return [`file ${_id}: has ${size} bytes, in its bucket ${length} by its head and ${summed} in pieces`]
}

function strayBytes({
  knowledgefiles,
  pieces,
  ...stored
}: { [name: string]: Document[] } & {
  knowledgefiles: Document[]
  pieces: Document[]
}): string[] {
  const known = new Set(knowledgefiles.map(({ storagePath }) => String(storagePath)))
  const ids = [...(stored['files.files'] ?? []), ...pieces].map(({ _id }) => String(_id))
  return [...new Set(ids)].filter(id => !known.has(id)).map(id => `bytes ${id} belong to no file`)
}

/** Rows of uploads under way are charged as they were announced. */
function chargesWrong(
  effects: Effect[],
  { knowledgefiles, usagecounters }: Record<string, Document[]>,
): string[] {
  const tenants = new Set(effects.map(({ clerkId }) => clerkId))
  return [...tenants].flatMap(clerkId => {
    const own = (knowledgefiles ?? []).filter(({ uploadedBy }) => uploadedBy === clerkId)
    const total = usagecounters?.find(row => row.clerkId === clerkId && row.period === 'total')
    const charged = { files: total?.files ?? 0, bytes: total?.bytes ?? 0 }
    const bytes = own.reduce((sum, { reservedBytes }) => sum + reservedBytes, 0)
    const [is, should] = [JSON.stringify(charged), JSON.stringify({ files: own.length, bytes })]
    return is === should ? [] : [`quota ${clerkId}: charged ${is}, stored ${should}`]
  })
}
