import type { z } from 'zod'

/** What a model said in JSON, also behind a code fence or between words; null when it is not of that form. */
export function readJsonAnswer<T>(answer: string, form: z.ZodType<T>): T | null {
  const parsed = form.safeParse(parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)))
  return parsed.success ? parsed.data : null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
