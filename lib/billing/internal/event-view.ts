import type { Types } from 'mongoose'
import type { PolarEventDocument } from '../../../models/polar-event.ts'
import type { CustomerRef } from './change.ts'

export type EventStatus = PolarEventDocument['status']

/** A stored event without its payload. */
export type PolarEventView = {
  id: string
  eventId: string
  type: string
  status: EventStatus
  error: string | null
  customer: CustomerRef
  processedAt: Date | null
  createdAt: Date
}

export type StoredEvent = Omit<PolarEventDocument, 'payload'> & { _id: Types.ObjectId }

export function toView({ _id, eventId, type, status, createdAt, ...stored }: StoredEvent): PolarEventView {
  const { externalId, id, email } = stored.customer ?? {}
  return {
    id: _id.toHexString(),
    eventId,
    type,
    status,
    error: stored.error ?? null,
    customer: { externalId: externalId ?? null, id: id ?? null, email: email ?? null },
    processedAt: stored.processedAt ?? null,
    createdAt,
  }
}
