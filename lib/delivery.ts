/** A webhook as it came in: the exact text that was signed, and its headers in lower case. */
export type Delivery = { body: string; headers: Readonly<Record<string, string>> }
