import { slotOn } from './slot.ts'

/**
 * Gives what loads a module when it is first asked for. An `import()` of a loaded module still goes through Node's
 * loader: 7 us in a loop, 80 us after a pause. A load that failed is tried again.
 */
export function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  return slotOn({}, 'loaded', load).open
}
