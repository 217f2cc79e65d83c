import { randomUUID } from 'node:crypto'
import { mongo } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { deriveSecrets, newSalt, seal, unseal } from '../../../lib/idempotency/internal/secrets.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'

const path = '/api/app/api-keys'

describe('what is kept for a replay', () => {
  it('holds neither the created API key nor the Idempotency-Key nor what was asked', async () => {
    const tenant = await freshTenant()
    const idempotencyKey = `order-${randomUUID()}`
    const name = `named-${randomUUID()}`
    const made = await tenant.call('POST', path, {
      json: { name },
      headers: { 'Idempotency-Key': idempotencyKey },
    })
    expectStatus(made, 201)
    const { db } = await connect()
    for (const { name: collection } of (await db?.listCollections().toArray()) ?? []) {
      if (collection.startsWith('system.')) continue
      const text = mongo.BSON.EJSON.stringify(
        await db
          ?.collection(collection)
          .find({ _id: { $exists: true } })
          .toArray(),
      )
      expect(text, collection).not.toContain(made.body.key)
      expect(text, collection).not.toContain(idempotencyKey)
    }
    const row = await IdempotencyRecord.findOne({ clerkId: tenant.clerkId }).lean()
    const kept = JSON.stringify(row)
    for (const plain of [name, made.body.id, made.body.keyPrefix]) expect(kept).not.toContain(plain)
    for (const form of [made.body.key, idempotencyKey])
      expect(kept).not.toContain(Buffer.from(form).toString('base64url').slice(2, 20))
  })

  it('differs for the same key, request and reply of two tenants', async () => {
    const rows = []
    for (let count = 0; count < 2; count++) {
      const tenant = await freshTenant()
      await tenant.call('POST', path, { json: {}, headers: { 'Idempotency-Key': 'the-same' } })
      rows.push(await IdempotencyRecord.findOne({ clerkId: tenant.clerkId }).lean())
    }
    for (const field of ['keyHash', 'salt', 'fingerprint'] as const)
      expect(rows[0]?.[field]).not.toBe(rows[1]?.[field])
  })
})

describe('a sealed reply', () => {
  const salt = newSalt()
  const secrets = deriveSecrets('the caller’s key', salt)
  const sealed = seal({ key: 'secret' }, secrets, 'row 1')

  it('opens with its key, salt and row', () => {
    expect(unseal(sealed, deriveSecrets('the caller’s key', salt), 'row 1')).toEqual({ key: 'secret' })
  })

  it.each([
    ['another key', () => unseal(sealed, deriveSecrets('another key', salt), 'row 1')],
    ['another salt', () => unseal(sealed, deriveSecrets('the caller’s key', newSalt()), 'row 1')],
    ['another row', () => unseal(sealed, secrets, 'row 2')],
    ['a cut tag', () => unseal(sealed.slice(0, 20), secrets, 'row 1')],
    [
      'one bit changed',
      () => {
        const bytes = Buffer.from(sealed, 'base64url')
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        return unseal(bytes.toString('base64url'), secrets, 'row 1')
      },
    ],
  ])('does not open with %s', (_what, open) => {
    expect(open).toThrow()
  })

  it('is never the same twice', () => {
    expect(seal({ key: 'secret' }, secrets, 'row 1')).not.toBe(sealed)
  })
})
