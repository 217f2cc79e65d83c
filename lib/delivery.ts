import { InvalidInput } from './errors.ts'

/** A webhook as it came in: the exact text that was signed, and its headers in lower case. */
export type Delivery = { body: string; headers: Readonly<Record<string, string>> }

/** What a genuine delivery holds. @throws InvalidInput when it is no JSON. */
export function contentOf({ body }: Delivery): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new InvalidInput([{ path: '', message: 'The body is not valid JSON' }])
  }
}
