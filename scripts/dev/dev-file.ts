import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DemoTenant } from './demo-tenant.ts'
import type { Stack } from './stack.ts'

export const localDir = join(import.meta.dirname, '..', '..', '.local')
export const devFile = join(localDir, 'dev.json')

const schema = z.object({
  url: z.string(),
  mongodbUri: z.string(),
  demo: z
    .object({ clerkId: z.string(), email: z.string(), apiKey: z.string(), sessionToken: z.string() })
    .nullable(),
  clerk: z
    .object({
      issuer: z.string(),
      kid: z.string(),
      azp: z.string(),
      jwtPrivateKey: z.string(),
      webhookSecret: z.string(),
    })
    .nullable(),
  polar: z
    .object({
      webhookSecret: z.string(),
      products: z.object({ professional: z.string(), enterprise: z.string() }),
    })
    .nullable(),
  cronSecret: z.string(),
  openaiBaseUrl: z.string(),
})

/** What a running development server tells tools about itself; null where a real service is in use. */
export type DevInfo = z.output<typeof schema>

export function devInfoOf({ url, mongodbUri, services }: Stack, demo: DemoTenant | null): DevInfo {
  const { clerk, polar, openai, cronSecret } = services
  return schema.parse({
    url,
    mongodbUri,
    demo,
    clerk,
    polar,
    cronSecret,
    openaiBaseUrl: openai?.baseUrl ?? process.env.OPENAI_BASE_URL ?? '',
  })
}

/** The file of the last development server, running or not; null when there is none. */
export async function readDevInfo(): Promise<DevInfo | null> {
  const text = await readFile(devFile, 'utf8').catch(() => null)
  return text === null ? null : schema.parse(JSON.parse(text))
}
