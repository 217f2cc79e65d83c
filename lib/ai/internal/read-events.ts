/**
 * The JSON events of a streamed answer, up to `[DONE]`: those that arrive together are given together.
 * @throws APIError for one that tells of an error, SyntaxError for what is no JSON
 */
export async function* readEvents<T>({ body, headers }: Response): AsyncGenerator<T[], void, undefined> {
  const decoder = new TextDecoder()
  const read = createEventReader()
  for await (const piece of body ?? []) {
    const { told, isOver, fault } = parse<T>(read(decoder.decode(piece, { stream: true })))
    if (told.length > 0) yield told
    if (fault) throw await asError(fault, headers)
    if (isOver) return
  }
  // What nothing follows is not marked as an event.
  const { told, fault } = parse<T>(read(`${decoder.decode()}\n\n`))
  if (told.length > 0) yield told
  if (fault) throw await asError(fault, headers)
}

type Parsed<T> = { told: T[]; isOver: boolean; fault: unknown }

function parse<T>(events: ServerEvent[]): Parsed<T> {
  const told: T[] = []
  for (const { name, data } of events) {
    if (data === '[DONE]') return { told, isOver: true, fault: null }
    const { event, fault } = parseOne<T>(data)
    const error = fault ?? event?.error ?? (name === 'error' ? event : null)
    if (error) return { told, isOver: false, fault: error }
    told.push(event as T)
  }
  return { told, isOver: false, fault: null }
}

function parseOne<T>(data: string): { event?: T & { error?: unknown }; fault?: unknown } {
  try {
    return { event: JSON.parse(data) }
  } catch (fault) {
    return { fault }
  }
}

async function asError(fault: unknown, headers: Headers): Promise<Error> {
  if (fault instanceof Error) return fault
  const { OpenAI } = await import('openai')
  return new OpenAI.APIError(undefined, fault as object, undefined, headers)
}

type ServerEvent = { name: string; data: string }

const LINE_END = /\r\n|\n|\r/

/** Most providers end lines with LF alone, and a text is cut at that several times faster than at a pattern. */
const lineEndIn = (text: string) => (text.includes('\r') ? LINE_END : '\n')

/** Reads server-sent events (WHATWG HTML, 9.2.6) from a text in pieces, in time linear in its length. */
function createEventReader(): (text: string) => ServerEvent[] {
  let unfinished: string[] = []
  let name = ''
  let data: string[] = []

  function readLine(line: string, events: ServerEvent[]): void {
    if (line === '') {
      if (data.length > 0) events.push({ name, data: data.join('\n') })
      name = ''
      data = []
    } else if (line.startsWith('data:')) data.push(valueIn(line, 'data:'))
    else if (line.startsWith('event:')) name = valueIn(line, 'event:')
  }

  return text => {
    unfinished.push(text)
    if (!text.includes('\n') && !text.includes('\r')) return []
    const whole = unfinished.join('')
    // The other half of a line's end may come with the next piece.
    const lines = whole.replace(/\r$/, '').split(lineEndIn(whole))
    unfinished = [`${lines.pop() ?? ''}${whole.endsWith('\r') ? '\r' : ''}`]
    const events: ServerEvent[] = []
    for (const line of lines) readLine(line, events)
    return events
  }
}

function valueIn(line: string, field: string): string {
  return line.slice(line[field.length] === ' ' ? field.length + 1 : field.length)
}
