import { deflateSync } from 'node:zlib'

export type PdfStream = { bytes: Buffer; filter?: string }

/** A page's content stream that shows lines of text. */
export function pageOf(...lines: string[]): PdfStream {
  const shown = lines.map(line => `(${line.replace(/[\\()]/g, '\\$&')}) Tj 0 -16 Td`).join(' ')
  return { bytes: Buffer.from(`BT /F1 12 Tf 72 720 Td ${shown} ET`) }
}

/** The same stream, compressed. */
export function flate({ bytes }: PdfStream): PdfStream {
  return { bytes: deflateSync(bytes), filter: '/FlateDecode' }
}

/** Writes a PDF of such pages; `trailer` adds entries to its trailer, `count` lies about how many pages there are. */
export function writePdf(pages: readonly PdfStream[], { trailer = '', count = pages.length } = {}): Buffer {
  const kids = pages.map((_, index) => `${4 + index * 2} 0 R`).join(' ')
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from(`<< /Type /Pages /Kids [${kids}] /Count ${count} >>`),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>'),
    ...pages.flatMap((page, index) => [pageObject(5 + index * 2), streamObject(page)]),
  ]
  const parts = [Buffer.from('%PDF-1.7\n')]
  let offset = parts[0]?.byteLength ?? 0
  const offsets = objects.map((object, index) => {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')])
    parts.push(part)
    offset += part.byteLength
    return offset - part.byteLength
  })
  const rows = offsets.map(at => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}` +
        `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${offset}\n%%EOF\n`,
    ),
  )
  return Buffer.concat(parts)
}

function pageObject(content: number): Buffer {
  return Buffer.from(
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] ' +
      `/Resources << /Font << /F1 3 0 R >> >> /Contents ${content} 0 R >>`,
  )
}

function streamObject({ bytes, filter }: PdfStream): Buffer {
  const dictionary = `<< /Length ${bytes.byteLength}${filter ? ` /Filter ${filter}` : ''} >>`
  return Buffer.concat([Buffer.from(`${dictionary}\nstream\n`), bytes, Buffer.from('\nendstream')])
}

/** A trailer's entries that lock a PDF with a password nobody knows. */
export const LOCKED =
  `/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <${'5a'.repeat(32)}> /U <${'a5'.repeat(32)}> >> ` +
  `/ID [<${'00'.repeat(16)}> <${'00'.repeat(16)}>]`
