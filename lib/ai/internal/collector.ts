/** Most bytes of UTF-8 in one answer: it is stored with its question in a document of 1 MiB at most. */
export const MAX_ANSWER_BYTES = 512 * 1024

/** Gathers the pieces of an answer. */
export type Collector = {
  /** Nothing more is added once the answer is cut. */
  add(piece: string): void
  content(): string
  isCut(): boolean
}

/** Tells each piece that is added; cuts the answer between two characters. */
export function createCollector(onPiece: (piece: string) => void = () => {}): Collector {
  let content = ''
  let room = MAX_ANSWER_BYTES
  let isCut = false
  return {
    add(piece) {
      if (piece === '' || isCut) return
      const fitting = beginningOf(piece, room)
      isCut = fitting.length < piece.length
      room -= Buffer.byteLength(fitting)
      content += fitting
      if (fitting !== '') onPiece(fitting)
    },
    content: () => content,
    isCut: () => isCut,
  }
}

/** As much of a text as fits into so many bytes of UTF-8, in whole characters. */
export function beginningOf(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}
