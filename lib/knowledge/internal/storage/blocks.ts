/**
 * Regroups pieces into blocks of one size, the last one shorter, and has them used, all but one of `count` at once
 * while that one fills. They are the same memory in turn, so however large a file is, it costs a few blocks and no
 * garbage. When this ends, however it does, no use is under way.
 * @throws what the first use that failed threw, else what the pieces did
 */
export async function eachBlock(
  pieces: AsyncIterable<Buffer>,
  { bytes, count }: { bytes: number; count: number },
  use: (block: Buffer, n: number) => Promise<unknown>,
): Promise<void> {
  const blocks: Buffer<ArrayBuffer>[] = []
  const uses: Promise<unknown>[] = []
  const filling = () => {
    blocks[uses.length % count] ??= Buffer.allocUnsafeSlow(bytes)
    return blocks[uses.length % count] as Buffer
  }
  let filled = 0

  /** Resolves when there is a block to fill. */
  async function useFilled(): Promise<void> {
    const used = use(filling().subarray(0, filled), uses.length)
    // Whoever waits for it later still meets its failure.
    used.catch(() => {})
    uses.push(used)
    filled = 0
    await uses.at(-count)
  }

  try {
    for await (const piece of pieces) {
      for (let taken = 0; taken < piece.byteLength; ) {
        const copied = piece.copy(filling(), filled, taken)
        taken += copied
        filled += copied
        if (filled === bytes) await useFilled()
      }
    }
    if (filled > 0) await useFilled()
  } finally {
    await allEnded(uses)
  }
  // All of them are used by now; the garbage collector may take long to see that.
  for (const { buffer } of blocks) buffer.transfer(0)
}

/** @throws what the first of them threw that failed, once none is under way */
async function allEnded(works: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(works)
  await Promise.all(works)
}
