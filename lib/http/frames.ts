/** Pieces that come closer together leave together: a screen shows no more than 60 pictures in a second. */
const FRAME_MS = 16

export type Frames = {
  /**
   * What is written together leaves together, as soon as whoever writes it waits for something. What follows
   * within a frame leaves at the end of it.
   */
  write(text: string): void
  /** What nobody waits for leaves with the next piece, or after a frame, and holds no piece up. */
  precede(text: string): void
  /** Sends what has not left. Call it at the end. */
  flush(): void
}

/** Gives whom each piece of a stream goes through on its way to `send`, which every piece costs a packet. */
export function inFrames(send: (text: string) => void): Frames {
  let unsent = ''
  let sentAt = Number.NEGATIVE_INFINITY
  let isPiece = false
  let isLeaving = false
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    isLeaving = false
    if (unsent === '') return
    const text = unsent
    unsent = ''
    if (isPiece) sentAt = performance.now()
    isPiece = false
    send(text)
  }

  return {
    write(text) {
      unsent += text
      isPiece = true
      if (isLeaving) return
      const rest = sentAt + FRAME_MS - performance.now()
      if (rest > 0) timer ??= setTimeout(flush, rest)
      else {
        isLeaving = true
        queueMicrotask(flush)
      }
    },
    precede(text) {
      unsent += text
      timer ??= setTimeout(flush, FRAME_MS)
    },
    flush,
  }
}
