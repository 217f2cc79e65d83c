import { extractText } from '../../../../lib/knowledge/internal/extract/extract-text.ts'

/** Tells its parent once a page is handed over that keeps its reader busy for as long as it may read. */
async function* pieces() {
  yield Buffer.from('<div>'.repeat(300_000))
  setTimeout(() => process.send?.('handed over'), 500)
}
await extractText({ mimeType: 'text/html', size: 1_500_000, open: async () => pieces() })
