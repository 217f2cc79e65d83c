/** Aborts its signal when what is waited for does not come in time. */
export class Clock {
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout | undefined

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Waits so long from now, and for nothing else any more. */
  await(ms: number, fault: string): void {
    this.stop()
    this.#timer = setTimeout(() => this.#controller.abort(new Error(fault)), ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
