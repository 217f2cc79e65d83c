export type Delta = { [name: string]: unknown }
/** The names, and in lists the indexes, that lead to a text. */
export type Path = readonly (string | number)[]

/** Texts under these names come whole; all others come in pieces. */
const WHOLE = new Set(['role', 'id', 'type', 'name'])

/** What there is with the next piece added: texts grow, list items are found again by their `index`. */
export function mergeDelta(whole: Delta, piece: Delta): Delta {
  const merged = { ...whole }
  for (const [name, value] of Object.entries(piece)) {
    const grows = typeof merged[name] !== 'string' || !WHOLE.has(name)
    merged[name] = grows ? mergeValue(merged[name], value) : value
  }
  return merged
}

function mergeValue(whole: unknown, piece: unknown): unknown {
  if (whole === undefined || whole === null) return piece
  if (piece === undefined || piece === null) return whole
  if (typeof whole === 'string' && typeof piece === 'string') return whole + piece
  if (Array.isArray(whole) && Array.isArray(piece)) return piece.reduce<unknown[]>(mergeItem, whole)
  return isDelta(whole) && isDelta(piece) ? mergeDelta(whole, piece) : piece
}

function mergeItem(items: unknown[], piece: unknown): unknown[] {
  const index = isDelta(piece) && typeof piece.index === 'number' ? piece.index : null
  const at = items.findIndex(item => index !== null && isDelta(item) && item.index === index)
  const found = items[at]
  return isDelta(found) && isDelta(piece) ? items.with(at, mergeDelta(found, piece)) : [...items, piece]
}

/** The delta with each of its texts that come in pieces replaced. */
export function mapTexts(delta: Delta, change: (text: string, path: Path) => string, path: Path = []): Delta {
  const entries = Object.entries(delta).map(([name, value]) => [
    name,
    WHOLE.has(name) ? value : mapValue(value, change, [...path, name]),
  ])
  return Object.fromEntries(entries)
}

function mapValue(value: unknown, change: (text: string, path: Path) => string, path: Path): unknown {
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) {
    return value.map((item, position) => {
      const index = isDelta(item) && typeof item.index === 'number' ? item.index : position
      return mapValue(item, change, [...path, index])
    })
  }
  return isDelta(value) ? mapTexts(value, change, path) : value
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
