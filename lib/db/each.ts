export type Cursor<T> = AsyncIterable<T> & AsyncDisposable

/**
 * The documents of a cursor one after the other. However the reading ends, the cursor is closed: mongoose leaves
 * it open on the server where a loop over it is left early.
 */
export async function* eachOf<T>(cursor: Cursor<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* cursor
  } finally {
    // Unlike `close`, it bears with a cursor that the database was too far away to open.
    await cursor[Symbol.asyncDispose]()
  }
}
