import { expect, it } from 'vitest'
import { storageOf } from '../../../../lib/knowledge/internal/storage/storage.ts'

Object.assign(process.env, { STORAGE_PROVIDER: 'cloudflare_r2', S3_BUCKET: 'uploads' })

it('R2 needs an endpoint and keys, but no region', async () => {
  const missing = /S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY/
  await expect(storageOf('cloudflare_r2')).rejects.toThrow(missing)
})

it('what lies in S3 is not looked for in R2', async () => {
  await expect(storageOf('s3')).rejects.toThrow('STORAGE_PROVIDER (s3)')
})
