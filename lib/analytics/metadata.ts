import { z } from 'zod'

const MAX_BYTES = 8 * 1024
const MAX_LEVELS = 10
const MAX_KEY_LENGTH = 200

export type Metadata = Record<string, unknown>

/** A JSON object of the client's own making that MongoDB gives back as it was; any other is refused. */
export const metadata = z
  .custom<Metadata>(given => firstFault(given) === undefined, { error: ({ input }) => firstFault(input) })
  .meta({
    description: `Any JSON: at most ${MAX_BYTES / 1024} KiB as JSON text and ${MAX_LEVELS} levels deep, with names of 1 to ${MAX_KEY_LENGTH} characters`,
    override: { type: 'object', additionalProperties: true },
    examples: [{ plan: 'professional', steps: 3 }],
  })

function firstFault(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'Must be an object'
  return sizeFault(given) ?? faultOf(given, 1)
}

function sizeFault(value: unknown): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(value))
  return bytes > MAX_BYTES ? `Must be at most ${MAX_BYTES} bytes of JSON, not ${bytes}` : undefined
}

/** The first thing about a value that would keep it from being stored as it is. */
function faultOf(value: unknown, level: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (level > MAX_LEVELS) return `Must nest at most ${MAX_LEVELS} levels deep`
  const names = Array.isArray(value) ? [] : Object.keys(value)
  for (const name of names) {
    const fault = nameFault(name)
    if (fault) return fault
  }
  // The driver would give it back as a reference to another document.
  if (names.includes('$ref') && names.includes('$id')) return 'Must not hold both $ref and $id in one object'
  for (const child of Object.values(value)) {
    const fault = faultOf(child, level + 1)
    if (fault) return fault
  }
  return undefined
}

/** BSON ends a name at NUL, and the driver takes `_bsontype` for the mark of a type of its own. */
function nameFault(name: string): string | undefined {
  if (name === '') return 'Must not hold an empty name'
  if (name.length > MAX_KEY_LENGTH) return `Must hold names of at most ${MAX_KEY_LENGTH} characters`
  if (name.includes('\0')) return 'Must not hold a name with a NUL'
  if (name === '_bsontype') return 'Must not hold the name _bsontype'
  return undefined
}
