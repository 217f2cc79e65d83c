/** When work begins nothing more. */
export type Deadline = { until: Date }

/** Whether work may begin something more. */
export function hasTime({ until }: Deadline): boolean {
  return Date.now() < until.getTime()
}
