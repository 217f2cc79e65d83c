import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'

type Headers = Record<string, string>

const agent = new Agent({ keepAlive: true })

/** Sends pieces as fast as they are taken, and gives the answer's text. @throws Error unless the answer is 2xx */
export async function send(
  method: 'POST' | 'PUT' | 'DELETE',
  url: string,
  headers: Headers = {},
  pieces: readonly Buffer[] = [],
): Promise<string> {
  const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const sent = request(url, { method, agent, headers: { ...headers, 'Content-Length': length } })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  for (const piece of pieces) if (!sent.write(piece)) await once(sent, 'drain')
  sent.end()
  const [response] = await answered
  const text = (await response.toArray()).join('')
  const { statusCode = 0 } = response
  if (statusCode < 200 || statusCode > 299)
    throw new Error(`${method} ${url} answered ${statusCode}: ${text}`)
  return text
}

/** As much as the kernel hands over at once. */
const RECEIVED_AT_ONCE = 1024 * 1024

/**
 * Fetches a body piece by piece, in memory that is used again after, over a connection of its own and with as little
 * work as a client can have: what it takes of the cores it shares with the server is no fault of the server's.
 * @throws Error unless the answer is 2xx and as long as it says
 */
export async function fetchBody(
  url: string,
  headers: Headers,
  receive: (piece: Buffer) => void = () => {},
): Promise<void> {
  const { host, hostname, port, pathname } = new URL(url)
  let head = ''
  let missing = Number.NaN
  const onread = {
    buffer: Buffer.allocUnsafe(RECEIVED_AT_ONCE),
    callback(length: number, buffer: Uint8Array) {
      let piece = Buffer.from(buffer.buffer, buffer.byteOffset, length)
      if (Number.isNaN(missing)) {
        const end = piece.indexOf('\r\n\r\n') + 4
        head = piece.toString('latin1', 0, end)
        missing = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
        piece = piece.subarray(end)
      }
      missing -= piece.byteLength
      receive(piece)
      return true
    },
  }
  const socket = connect({ host: hostname, port: Number(port), onread })
  const ended = once(socket, 'end')
  const lines = Object.entries({ Host: host, Connection: 'close', ...headers }).map(pair => pair.join(': '))
  socket.write([`GET ${pathname} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
  await ended
  if (!head.startsWith('HTTP/1.1 2')) throw new Error(`${url} answered ${head}`)
  if (missing !== 0) throw new Error(`${url} broke off`)
}
