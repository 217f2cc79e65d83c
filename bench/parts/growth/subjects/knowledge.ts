import { KnowledgeFile } from '../../../../models/knowledge-file.ts'
import type { Subject } from '../questions.ts'
import { numbered, over, ownerOf } from '../seeds.ts'

const LIST = '/api/files'

export const files: Subject = {
  model: KnowledgeFile,
  fields: (count, askers) => ({
    path: numbered('uploads/', '-notes.txt'),
    name: 'notes.txt',
    size: 1_000,
    mimeType: 'text/plain',
    summary: null,
    embedding: [],
    storageProvider: 'mongodb_gridfs',
    storagePath: null,
    clerkId: ownerOf(askers),
    sha256: null,
    status: 'ready',
    embedded: true,
    chunks: 1,
    chunksDone: 1,
    piiFound: [],
    uploadedBy: ownerOf(askers),
    createdAt: over(90, count),
    updatedAt: over(90, count),
  }),
  questions: askers => [
    ...(['largest', 'small'] as const).flatMap(as => [
      { about: 'all', as, path: LIST },
      {
        about: 'all, far in',
        as,
        path: LIST,
        from: { filter: { clerkId: askers[as] }, sort: { _id: -1 as const } },
      },
    ]),
    { about: 'one of them', as: 'small', path: `${LIST}/65a000000000001000000007` },
    { about: 'the daily work', as: 'cron', path: '/api/cron/daily' },
  ],
}
