const DIMENSIONS = 1536

/** Pseudo-random whole numbers of 32 bits (mulberry32): the same seed, the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** A unit vector of random direction: the sum of four random bytes is spread nearly normally. */
export function randomVector(random: () => number): Float32Array {
  const vector = new Float32Array(DIMENSIONS)
  for (let i = 0; i < DIMENSIONS; i++) {
    const bits = random()
    vector[i] = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510
  }
  return toUnit(vector)
}

/** A unit vector around another one; the larger `distance`, the further off. */
export function vectorNear(centre: Float32Array, distance: number, random: () => number): Float32Array {
  const offset = randomVector(random)
  for (let i = 0; i < DIMENSIONS; i++) offset[i] = (centre[i] ?? 0) + distance * (offset[i] ?? 0)
  return toUnit(offset)
}

function toUnit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector))
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length
  return vector
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
