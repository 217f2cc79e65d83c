const ENDING = Symbol.for('workflowai.ending')

/** Kept on the process, which may hold this module several times over. */
const slot = globalThis as typeof globalThis & { [ENDING]?: AbortController }

/**
 * Aborted when this process is about to end and waits no longer: whoever could go on for long keeps what there is.
 * The server aborts it, a moment before it cuts connections.
 */
export function ending(): AbortController {
  slot[ENDING] ??= new AbortController()
  return slot[ENDING]
}
