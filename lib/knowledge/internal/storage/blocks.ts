/**
 * Regroups pieces into blocks of one size, the last one shorter. All blocks are the same memory: use one up
 * before asking for the next. So however large a file is, it costs one block and no garbage.
 */
export async function* inBlocks(pieces: AsyncIterable<Buffer>, blockBytes: number): AsyncGenerator<Buffer> {
  const block = Buffer.allocUnsafeSlow(blockBytes)
  let filled = 0
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.byteLength; ) {
      const copied = piece.copy(block, filled, taken)
      taken += copied
      filled += copied
      if (filled < blockBytes) continue
      yield block
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
  // All of it is stored by now; the garbage collector may take long to see that.
  block.buffer.transfer(0)
}
