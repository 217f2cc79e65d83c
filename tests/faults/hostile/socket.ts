import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One answer as it came over the wire. `head` is all before its body. */
export type RawAnswer = { status: number; head: string; body: string }

/** What a connection gave: its answers, and whether the server closed it. */
export type Heard = { answers: RawAnswer[]; text: string; isClosed: boolean }

export type SendOptions = {
  /** How long to listen when the server keeps the connection. */
  patienceMs?: number
  /** A pause after each piece. */
  pauseMs?: number
}

/**
 * Sends exact bytes over a connection of their own, piece after piece, and listens until the server closes it,
 * has answered with the length it announced, or says nothing for a while.
 */
export async function sendRaw(
  url: string,
  pieces: readonly (string | Uint8Array)[],
  { patienceMs = 2_000, pauseMs = 0 }: SendOptions = {},
): Promise<Heard> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  let heard = Buffer.alloc(0)
  let isClosed = false
  const ended = Promise.withResolvers<void>()
  socket.on('data', piece => {
    heard = Buffer.concat([heard, piece])
    if (isWhole(heard)) ended.resolve()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
    ended.resolve()
  })
  for (const piece of pieces) {
    if (isClosed) break
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
    if (pauseMs > 0) await sleep(pauseMs)
  }
  await Promise.race([ended.promise, sleep(patienceMs)])
  socket.destroy()
  const text = heard.toString('latin1')
  return { answers: answersIn(text), text, isClosed }
}

function isWhole(heard: Buffer): boolean {
  const text = heard.toString('latin1').replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1]
  if (length !== undefined) return text.length >= end + 4 + Number(length)
  return text.endsWith('0\r\n\r\n')
}

/** Every status line begins an answer: a body of ours never holds one. */
function answersIn(text: string): RawAnswer[] {
  const pieces = text.split(/(?=HTTP\/1\.[01] \d{3} )/).filter(piece => piece.startsWith('HTTP/'))
  return pieces.map(piece => {
    const end = piece.indexOf('\r\n\r\n')
    const head = end < 0 ? piece : piece.slice(0, end)
    const body = end < 0 ? '' : piece.slice(end + 4)
    const isChunked = /\r\ntransfer-encoding: chunked/i.test(head)
    return { status: Number(piece.slice(9, 12)), head, body: isChunked ? joined(body) : body }
  })
}

/** What chunks hold. */
function joined(chunks: string): string {
  const [line = '', size = '0'] = /^([0-9a-f]+)\r\n/i.exec(chunks) ?? []
  const start = line.length
  const end = start + Number.parseInt(size, 16)
  return start === 0 || end === start ? '' : chunks.slice(start, end) + joined(chunks.slice(end + 2))
}

/** A request's bytes: its first line, header lines and body. Every line is sent as it stands. */
export function rawRequest(first: string, lines: readonly string[] = [], body = ''): string {
  return `${[first, ...lines].join('\r\n')}\r\n\r\n${body}`
}
