/**
 * Reads server-sent events (WHATWG HTML, 9.2.6) from the body of a response. EventSource cannot do this: it
 * only sends GET.
 * @param {ReadableStream<Uint8Array>} body
 * @param {AbortSignal} [signal] ends the reading, and so the request
 * @returns {AsyncGenerator<{ event: string, data: string }>}
 */
export async function* readEvents(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream(), { signal }).getReader()
  const parse = createParser()
  try {
    while (true) {
      const { value, done } = await reader.read()
      if (done) return
      yield* parse(value)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** A function that takes the next piece of text and gives the events that are complete with it. */
export function createParser() {
  let rest = ''
  let afterReturn = false
  let event = ''
  let data = []

  function endOfEvent() {
    const complete = data.length > 0 ? [{ event: event || 'message', data: data.join('\n') }] : []
    event = ''
    data = []
    return complete
  }

  function take(line) {
    if (line === '') return endOfEvent()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    return []
  }

  return piece => {
    // Of a CR LF torn in two, the CR has already ended the line.
    const text = afterReturn && piece.startsWith('\n') ? piece.slice(1) : piece
    if (piece !== '') afterReturn = piece.endsWith('\r')
    const lines = (rest + text).split(/\r\n|\r|\n/)
    rest = lines.pop()
    return lines.flatMap(take)
  }
}
