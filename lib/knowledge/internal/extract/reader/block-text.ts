/** What the walk needs of a DOM node. */
export type HtmlNode = {
  nodeType: number
  nodeName: string
  nodeValue: string | null
  firstChild: HtmlNode | null
  nextSibling: HtmlNode | null
  parentNode: HtmlNode | null
  getAttribute?(name: string): string | null
}

/** `isContent`: no header or footer is a page's own; `cellsAreLines`: a table's row is one line, whatever is in it. */
export type Layout = { isContent?: boolean; cellsAreLines?: boolean }

const TEXT_NODE = 3
/** Not shown, or not what a page says. */
const SKIPPED = namesOf(
  'script style noscript template head title nav svg math iframe object canvas video audio select button dialog',
)
/** Apart from what is around them by an empty line. */
const PARAGRAPHS = namesOf(
  'p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote table figure section article header footer aside main hr form fieldset',
)
/** On lines of their own. */
const LINES = namesOf('div li dt dd tr br figcaption caption address details summary option legend')
const CELLS = namesOf('td th')
const LISTS = namesOf('ul ol')
/** What a page shows on every page, unless it is part of this. */
const SURROUNDINGS = namesOf('header footer')
const CONTENT = namesOf('main article')

function namesOf(names: string): ReadonlySet<string> {
  return new Set(names.toUpperCase().split(' '))
}

/** The text under a node, laid out as a reader sees it: blocks on their own lines, list items after a dash. */
export function blockText(root: HtmlNode, { isContent = false, cellsAreLines = false }: Layout = {}): string {
  const page = new Page(cellsAreLines)
  let node: HtmlNode | null = root
  let content = isContent ? 1 : 0
  while (node) {
    const name = node.nodeName.toUpperCase()
    const isSkipped = node.nodeType !== TEXT_NODE && isUnseen(node, name, content > 0)
    if (node.nodeType === TEXT_NODE) page.write(node.nodeValue ?? '')
    else if (!isSkipped) page.enter(name)
    if (CONTENT.has(name)) content++
    if (node.firstChild && !isSkipped) {
      node = node.firstChild
      continue
    }
    if (isSkipped) page.apart(name)
    else page.leave(name)
    if (CONTENT.has(name)) content--
    while (node && node !== root && !node.nextSibling) {
      node = node.parentNode
      const left = node?.nodeName.toUpperCase() ?? ''
      page.leave(left)
      if (CONTENT.has(left)) content--
    }
    node = node === root ? null : (node?.nextSibling ?? null)
  }
  return page.toString()
}

function isUnseen(node: HtmlNode, name: string, isContent: boolean): boolean {
  if (SKIPPED.has(name) || (!isContent && SURROUNDINGS.has(name))) return true
  const attribute = (key: string) => node.getAttribute?.(key) ?? null
  return (
    attribute('hidden') !== null ||
    attribute('aria-hidden') === 'true' ||
    /display\s*:\s*none/i.test(attribute('style') ?? '')
  )
}

class Page {
  readonly #cellsAreLines: boolean
  #lines: string[] = []
  #line = ''
  #endsInSpace = true
  #preformatted = 0
  #lists = 0
  #cells = 0

  constructor(cellsAreLines: boolean) {
    this.#cellsAreLines = cellsAreLines
  }

  write(text: string): void {
    if (this.#preformatted === 0) {
      this.#append(text.replace(/\s+/g, ' '))
      return
    }
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0) this.#breakLine()
      this.#line += line
      this.#endsInSpace = false
    }
  }

  enter(name: string): void {
    if (CELLS.has(name) && this.#line !== '') this.#append(' | ')
    this.apart(name)
    if (name === 'LI') this.#append('- ')
    this.#count(name, 1)
  }

  leave(name: string): void {
    this.#count(name, -1)
    this.apart(name)
  }

  /** What comes next is apart from what was before. */
  apart(name: string): void {
    const isParagraph = PARAGRAPHS.has(name) && !(LISTS.has(name) && this.#lists > 0)
    if (!isParagraph && !LINES.has(name) && !LISTS.has(name)) return
    if (this.#cells > 0 && this.#cellsAreLines) {
      this.#append(' ')
      return
    }
    if (this.#line !== '') this.#breakLine()
    if (isParagraph && this.#lists === 0 && this.#lines.at(-1) !== '') this.#lines.push('')
  }

  #count(name: string, by: number): void {
    if (name === 'PRE') this.#preformatted += by
    if (LISTS.has(name)) this.#lists += by
    if (CELLS.has(name)) this.#cells += by
  }

  toString(): string {
    this.#breakLine()
    return this.#lines.join('\n').trim()
  }

  #append(text: string): void {
    const added = this.#endsInSpace ? text.trimStart() : text
    if (added === '') return
    this.#line += added
    this.#endsInSpace = added.endsWith(' ')
  }

  #breakLine(): void {
    this.#lines.push(this.#line.trimEnd())
    this.#line = ''
    this.#endsInSpace = true
  }
}
