import type { Types } from 'mongoose'
import type { DemoRequestDocument } from '../../../models/demo-request.ts'
import type { DemoRequestView } from '../contracts.ts'
import { type Addresses, authorsOf, toNoteViews } from './note-views.ts'

/** Documents written before this API lack what it added. */
type Later = 'notes' | 'searchTerms'
export type StoredDemoRequest = Omit<DemoRequestDocument, Later> &
  Partial<Pick<DemoRequestDocument, Later>> & { _id: Types.ObjectId }

/** One demo request with the addresses of those who wrote its notes. */
export async function wholeDemoRequest(request: StoredDemoRequest): Promise<DemoRequestView> {
  return toDemoRequestView(request, await authorsOf([request]))
}

export function toDemoRequestView(request: StoredDemoRequest, authors: Addresses): DemoRequestView {
  const { name, email, company, businessNeeds, status, type, createdAt, updatedAt } = request
  return {
    id: request._id.toHexString(),
    name,
    email,
    company,
    phone: request.phone ?? null,
    jobTitle: request.jobTitle ?? null,
    companySize: request.companySize ?? null,
    industry: request.industry ?? null,
    businessNeeds,
    useCase: request.useCase ?? null,
    timeline: request.timeline ?? null,
    message: request.message ?? null,
    preferredDate: request.preferredDate ?? null,
    status,
    type,
    clerkId: request.clerkId ?? null,
    notes: toNoteViews(request, authors),
    createdAt,
    updatedAt,
  }
}
