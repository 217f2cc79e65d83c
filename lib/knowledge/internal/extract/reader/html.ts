import { isProbablyReaderable, Readability } from '@mozilla/readability'
import { parseHTML } from 'linkedom'
import { decodeText } from '../decode-text.ts'
import { blockText, type HtmlNode } from './block-text.ts'
import { BoundedText } from './bounded-text.ts'

type Page = ReturnType<typeof parseHTML>['document']

/** An article is not looked for among more elements: that takes time which grows faster than the page. */
const MAX_ARTICLE_ELEMENTS = 20_000
/** Where a page tells its encoding: by the standard in its first KiB, yet scripts and comments may come first. */
const HEAD_BYTES = 64 * 1024

/**
 * What a page says: its article when it has one, else all that it shows but navigation. Its title comes first.
 * @throws Unreadable when the bytes are no text, or too much of it
 */
export async function read(bytes: Buffer): Promise<string> {
  const html = decodeText(bytes, charsetOf(bytes))
  const page = parse(html)
  const text = new BoundedText()
  text.add(`${page.querySelector('title')?.textContent.replace(/\s+/g, ' ').trim() ?? ''}\n\n`)
  text.add((mayBeArticle(page) && articleTextOf(html)) || blockText(page.documentElement))
  return text.toString().trim()
}

/** The parser makes no `html` and `body` of its own accord. */
function parse(html: string): Page {
  return parseHTML(/<html[\s>]/i.test(html) ? html : `<html><body>${html}</body></html>`).document
}

function mayBeArticle(page: Page): boolean {
  return page.getElementsByTagName('*').length <= MAX_ARTICLE_ELEMENTS && isProbablyReaderable(page)
}

/** Looking for the article takes a page apart, so it gets one of its own; empty when there is none. */
function articleTextOf(html: string): string {
  const found = new Readability<HtmlNode>(parse(html), { serializer: node => node }).parse()
  return found?.content ? blockText(found.content, { isContent: true }) : ''
}

function charsetOf(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, HEAD_BYTES)
  const label = /<(?:meta[^>]+charset|\?xml[^>]+encoding)\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1]
  try {
    return label && new TextDecoder(label).encoding
  } catch {
    return undefined
  }
}
