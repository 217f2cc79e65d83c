import { crc32, deflateRawSync } from 'node:zlib'

/** A file to put in an archive: its content, or what it is when deflated together with the size to declare. */
export type ZipEntry = { name: string; encrypted?: boolean } & (
  | { content: string | Buffer; declaredSize?: number }
  | { deflated: Buffer; declaredSize: number }
)

type Placed = { name: Buffer; fields: Buffer; offset: number }

const VERSION = 20
const DEFLATED = 8
const ENCRYPTED = 1

/** Writes a zip archive. What an entry declares need not be true. */
export function writeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const placed: Placed[] = []
  let offset = 0
  for (const entry of entries) {
    const name = Buffer.from(entry.name)
    const content = 'content' in entry ? Buffer.from(entry.content) : null
    const deflated = 'content' in entry ? deflateRawSync(Buffer.from(entry.content)) : entry.deflated
    const size = entry.declaredSize ?? content?.byteLength ?? 0
    const crc = content ? crc32(content) : 0
    const flags = entry.encrypted ? ENCRYPTED : 0
    const fields = record(
      [VERSION, 2],
      [flags, 2],
      [DEFLATED, 2],
      [0, 4],
      [crc, 4],
      [deflated.byteLength, 4],
      [size, 4],
      [name.byteLength, 2],
      [0, 2],
    )
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, deflated])
    placed.push({ name, fields, offset })
    parts.push(local)
    offset += local.byteLength
  }
  const directory = Buffer.concat(placed.map(directoryEntry))
  const count = entries.length
  const end = record([0, 2], [0, 2], [count, 2], [count, 2], [directory.byteLength, 4], [offset, 4], [0, 2])
  return Buffer.concat([...parts, directory, Buffer.from('PK\x05\x06', 'latin1'), end])
}

function directoryEntry({ name, fields, offset }: Placed): Buffer {
  const rest = record([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4])
  return Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), record([VERSION, 2]), fields, rest, name])
}

/** Numbers in little-endian order, each of so many bytes. */
function record(...fields: [value: number, bytes: number][]): Buffer {
  return Buffer.concat(
    fields.map(([value, bytes]) => {
      const field = Buffer.alloc(bytes)
      field.writeUIntLE(value, 0, bytes)
      return field
    }),
  )
}
