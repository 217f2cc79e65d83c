export type Delta = { [name: string]: unknown }
/** The names, and in lists the indexes, that lead to a text. */
export type Path = readonly (string | number)[]

/** Texts under these names come whole; all others come in pieces. */
const WHOLE = new Set(['role', 'id', 'type', 'name', 'finish_reason', 'native_finish_reason'])

/** Adds the next piece to what there is: texts grow, list items are found again by their `index`. */
export function addDelta(whole: Delta, piece: Delta): void {
  for (const [name, value] of Object.entries(piece)) {
    // A piece may be named as what every object has.
    const given = Object.hasOwn(whole, name) ? whole[name] : undefined
    const grows = typeof given !== 'string' || !WHOLE.has(name)
    whole[name] = grows || typeof value !== 'string' ? added(given, value) : value
  }
}

/** What there was with a piece added, in place where that can be: else the time were quadratic. */
function added(whole: unknown, piece: unknown): unknown {
  if (whole === undefined || whole === null) return structuredClone(piece)
  if (piece === undefined || piece === null) return whole
  if (typeof whole === 'string' && typeof piece === 'string') return whole + piece
  if (Array.isArray(whole) && Array.isArray(piece)) {
    for (const item of piece) addItem(whole, item)
    return whole
  }
  if (!isDelta(whole) || !isDelta(piece)) return structuredClone(piece)
  addDelta(whole, piece)
  return whole
}

function addItem(items: unknown[], piece: unknown): void {
  const index = isDelta(piece) && typeof piece.index === 'number' ? piece.index : null
  const found = index === null ? null : items.findLast(item => isDelta(item) && item.index === index)
  if (isDelta(found) && isDelta(piece)) addDelta(found, piece)
  else items.push(structuredClone(piece))
}

/** A delta with each of its texts that come in pieces replaced. */
export function mapPieces(delta: Delta, change: (text: string, path: Path) => string): Delta {
  return mapTexts(delta, (text, path) => (WHOLE.has(String(path.at(-1))) ? text : change(text, path)))
}

/** The value with each text in it replaced. */
export function mapTexts<T>(value: T, change: (text: string, path: Path) => string, path?: Path): T
export function mapTexts(
  value: unknown,
  change: (text: string, path: Path) => string,
  path: Path = [],
): unknown {
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) {
    return value.map((item, position) => {
      const index = isDelta(item) && typeof item.index === 'number' ? item.index : position
      return mapTexts(item, change, [...path, index])
    })
  }
  if (!isDelta(value)) return value
  const entries = Object.entries(value).map(([name, held]) => [name, mapTexts(held, change, [...path, name])])
  return Object.fromEntries(entries)
}

/** A delta that holds this text alone. */
export function deltaAt(path: Path, text: string): Delta {
  const [name, ...rest] = path
  if (typeof name !== 'string') throw new Error('a delta begins with a name')
  return { [name]: valueAt(rest, text) }
}

function valueAt([next, ...rest]: Path, text: string): unknown {
  if (next === undefined) return text
  if (typeof next === 'string') return { [next]: valueAt(rest, text) }
  const item = valueAt(rest, text)
  return [isDelta(item) ? { index: next, ...item } : item]
}

export function isDelta(value: unknown): value is Delta {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
