import { serve } from '../../../../lib/knowledge/internal/extract/reader/serve.ts'

/** The reading process with a parser that comes to no end. */
const reader = async () => ({ read: () => new Promise<string>(() => {}) })
serve({ pdf: reader, docx: reader, xlsx: reader, html: reader })
