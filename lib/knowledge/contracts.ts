import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { id, pageOf, pageQuery, requiredText, timestamp } from '../http/schemas.ts'
import { PII_KINDS } from '../pii/find-pii.ts'

const tag = 'Knowledge'
const callers = ['user', 'key'] as const

const fileView = z
  .object({
    id,
    name: z.string(),
    path: z.string(),
    size: z.number().int(),
    mimeType: z.string(),
    sha256: z.string().nullable(),
    status: z.enum(['processing', 'ready', 'failed']),
    error: z.string().nullable(),
    embedded: z.boolean(),
    chunks: z.number().int().meta({ description: 'Passages of the text, once it is cut' }),
    chunksDone: z.number().int().meta({ description: 'Of these, embedded by now' }),
    summary: z.string().nullable(),
    piiFound: z
      .array(z.enum(PII_KINDS))
      .meta({ description: 'Kinds of personal data in the text; a file with any has no summary' }),
    usage: z
      .object({ promptTokens: z.number().int(), completionTokens: z.number().int(), costUsd: z.number() })
      .meta({ description: 'What embedding and summarising it took; not part of the usage report' }),
    shared: z.boolean(),
    createdAt: timestamp,
  })
  .meta({ id: 'KnowledgeFile' })

export const uploadFileContract = contract({
  id: 'uploadFile',
  method: 'POST',
  path: '/api/files',
  tag,
  summary: 'Upload a knowledge file',
  description:
    'The file streams into storage. Text (plain, markdown, csv, json, html, code) and the text of pdf, docx and xlsx are then cut and embedded: follow `status` until it is `ready` or `failed`. An admin may share a file with everyone.',
  callers,
  upload: { fileField: 'file', fields: z.strictObject({ shared: z.stringbool().default(false) }) },
  responses: { 201: fileView },
  problems: ['limit_reached'],
})

export const presignUploadContract = contract({
  id: 'presignUpload',
  method: 'POST',
  path: '/api/files',
  action: 'presign',
  tag,
  summary: 'Begin a direct upload to S3 or R2',
  description:
    'For files larger than a request body may be. Send the bytes with the method and headers given to `url`, then call `complete`. Quota is taken now; an upload never completed gives it back.',
  callers,
  body: z.strictObject({
    name: z.string().min(1).max(255),
    size: z.number().int().min(1).meta({ description: 'Bytes, exactly' }),
    mimeType: z.string().max(200).optional(),
    shared: z.boolean().default(false),
  }),
  responses: {
    201: z.object({
      fileId: id,
      url: z.string(),
      method: z.literal('PUT'),
      headers: z.record(z.string(), z.string()),
      expiresAt: timestamp,
    }),
  },
  problems: ['limit_reached', 'too_large'],
})

export const completeUploadContract = contract({
  id: 'completeUpload',
  method: 'POST',
  path: '/api/files',
  action: 'complete',
  tag,
  summary: 'End a direct upload',
  description: 'Checks that the bytes have arrived as announced, and starts to read them.',
  callers,
  query: z.object({ fileId: id }),
  responses: { 201: fileView },
  problems: ['not_found', 'conflict', 'limit_reached'],
})

export const retryFileContract = contract({
  id: 'retryFile',
  method: 'POST',
  path: '/api/files/{id}',
  action: 'retry',
  tag,
  summary: 'Ingest a failed file again',
  callers,
  params: z.object({ id }),
  responses: { 202: fileView },
  problems: ['conflict'],
})

export const listFilesContract = contract({
  id: 'listFiles',
  method: 'GET',
  path: '/api/files',
  tag,
  summary: 'List your files, newest first',
  callers,
  query: pageQuery,
  responses: { 200: pageOf(fileView) },
})

export const getFileContract = contract({
  id: 'getFile',
  method: 'GET',
  path: '/api/files/{id}',
  tag,
  summary: 'Read about one file',
  callers,
  params: z.object({ id }),
  responses: { 200: fileView },
})

export const deleteFileContract = contract({
  id: 'deleteFile',
  method: 'DELETE',
  path: '/api/files/{id}',
  tag,
  summary: 'Delete a file with all that was made of it',
  description: 'A direct upload that you began and did not complete is given up so, too.',
  callers,
  params: z.object({ id }),
  responses: { 200: z.object({ id, deleted: z.literal(true) }) },
})

export const fileContentContract = contract({
  id: 'getFileContent',
  method: 'GET',
  path: '/api/files/{id}/content',
  tag,
  summary: 'Download a file',
  description:
    'Supports `Range` (one part) and `If-None-Match`. With `direct`, a file that lies in a bucket is not sent through the API: the answer names an address of the bucket that is good for five minutes.',
  callers,
  params: z.object({ id }),
  query: z.object({ direct: z.stringbool().default(false) }),
  responses: {
    302: {
      binary: true,
      contentType: 'application/octet-stream',
      description: 'The address is in `Location`',
    },
    200: { binary: true, contentType: '*/*', description: 'The whole file, of its own type' },
    206: { binary: true, contentType: '*/*', description: 'The part asked for' },
    304: { binary: true, contentType: 'application/octet-stream', description: 'Not modified' },
  },
  problems: ['range_not_satisfiable'],
})

export const searchFilesContract = contract({
  id: 'searchFiles',
  method: 'POST',
  path: '/api/files/search',
  tag,
  summary: 'Find passages by meaning in your files and the shared ones',
  callers,
  body: z.strictObject({
    query: requiredText(4_000),
    topK: z.number().int().min(1).max(50).optional(),
    fileIds: z.array(id).min(1).max(100).optional(),
    minScore: z.number().min(-1).max(1).optional(),
  }),
  responses: {
    200: z.object({
      data: z.array(
        z.object({
          fileId: id,
          name: z.string(),
          chunk: z.number().int(),
          score: z.number(),
          text: z.string(),
        }),
      ),
    }),
  },
  problems: ['provider_error', 'provider_timeout'],
})
