const isTerminal = process.stdout.isTTY === true
const paint = (code: number, text: string) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text)

/** Prints a chapter's heading. */
export function heading(text: string): void {
  console.log(`\n${paint(1, text)}`)
}

/** Prints a promise that was kept. */
export function kept(text: string): void {
  console.log(`  ${paint(32, '✓')} ${text}`)
}

/** Prints what somebody said or what an answer holds. */
export function quote(text: string): void {
  console.log(`    ${paint(2, text.replaceAll('\n', '\n    '))}`)
}

/** Prints the promise that was broken. */
export function broken(text: string): void {
  console.error(`  ${paint(31, '✗')} ${text}`)
}

/** Shows that something is being waited for; the returned function removes the line. */
export function waiting(text: string): () => void {
  if (!isTerminal) {
    console.log(`  … ${text}`)
    return () => {}
  }
  const started = Date.now()
  const draw = () => process.stdout.write(`\r  … ${text} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  draw()
  const timer = setInterval(draw, 100)
  return () => {
    clearInterval(timer)
    process.stdout.write('\r\u001b[K')
  }
}
