/** What the walk needs of a DOM node. */
export type HtmlNode = {
  nodeType: number
  nodeName: string
  nodeValue: string | null
  firstChild: HtmlNode | null
  nextSibling: HtmlNode | null
  parentNode: HtmlNode | null
}

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

function namesOf(names: string): ReadonlySet<string> {
  return new Set(names.toUpperCase().split(' '))
}

/** The text under a node, laid out as a reader sees it: blocks on their own lines, list items after a dash. */
export function blockText(root: HtmlNode): string {
  const page = new Page()
  let node: HtmlNode | null = root
  let preformatted = 0
  while (node) {
    const name = node.nodeName.toUpperCase()
    if (node.nodeType === TEXT_NODE) page.write(node.nodeValue ?? '', preformatted > 0)
    else page.enter(name)
    if (name === 'PRE') preformatted++
    if (node.firstChild && !SKIPPED.has(name)) {
      node = node.firstChild
      continue
    }
    while (node) {
      const left: string = node.nodeName.toUpperCase()
      page.leave(left)
      if (left === 'PRE') preformatted--
      if (node === root) return page.toString()
      if (node.nextSibling) break
      node = node.parentNode
    }
    node = node?.nextSibling ?? null
  }
  return page.toString()
}

class Page {
  #lines: string[] = []
  #line = ''
  #endsInSpace = true

  write(text: string, preformatted: boolean): void {
    if (!preformatted) {
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
    this.#apart(name)
    if (name === 'LI') this.#append('- ')
  }

  leave(name: string): void {
    this.#apart(name)
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

  #apart(name: string): void {
    const isParagraph = PARAGRAPHS.has(name)
    if (!isParagraph && !LINES.has(name)) return
    if (this.#line !== '') this.#breakLine()
    if (isParagraph && this.#lines.at(-1) !== '') this.#lines.push('')
  }

  #breakLine(): void {
    this.#lines.push(this.#line.trimEnd())
    this.#line = ''
    this.#endsInSpace = true
  }
}
