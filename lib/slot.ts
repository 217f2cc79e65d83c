/** What an instance has one of. */
export type Slot<T> = {
  /** What is there, or what `open` gives now. Concurrent first calls share it; a failed attempt is not kept. */
  open(): Promise<T>
  /** Empties the slot; resolves to what was in it. */
  take(): Promise<T | undefined>
}

/**
 * A slot that is kept on an object of another package, so that a second evaluation of a module (a hot reload) finds
 * the same content.
 */
export function slotOn<T>(owner: object, name: string, open: () => Promise<T>): Slot<T> {
  const key = Symbol.for(`workflowai.${name}`)
  const place = owner as { [key]?: Promise<T> | undefined }
  return {
    open() {
      place[key] ??= open().catch(error => {
        place[key] = undefined
        throw error
      })
      return place[key]
    },
    async take() {
      const opening = place[key]
      place[key] = undefined
      return opening?.catch(() => undefined)
    },
  }
}
