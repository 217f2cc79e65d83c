import { html } from './html.js'

const ITEM = /^\s*(?:[-*•]|\d{1,3}[.)])\s+/
const ORDERED = /^\s*\d/
const HEADING = /^#{1,6}\s+/
/** Code, bold, or the mark of a citation. */
const INLINE = /(`[^`\n]+`|\*\*[^*\n]+\*\*|\[\d{1,2}\])/

/**
 * A model's answer as paragraphs, lists and code. It becomes text nodes, so markup in it shows as it is.
 * `renderMark` gives what stands for the mark of a citation (`[1]`), or null when it is only text.
 */
export function Formatted({ text, renderMark = () => null }) {
  return blocksOf(text).map(({ kind, lines }) => {
    if (kind === 'code') return html`<pre><code>${lines.join('\n')}</code></pre>`
    if (kind === 'list') return renderList(lines, renderMark)
    if (kind === 'heading')
      return html`<p><strong>${inline(lines[0].replace(HEADING, ''), renderMark)}</strong></p>`
    return html`<p>${inline(lines.join('\n'), renderMark)}</p>`
  })
}

function renderList(lines, renderMark) {
  const items = lines.map(line => html`<li>${inline(line.replace(ITEM, ''), renderMark)}</li>`)
  return ORDERED.test(lines[0]) ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`
}

function inline(text, renderMark) {
  return text.split(INLINE).map(part => {
    if (/^`.+`$/.test(part)) return html`<code>${part.slice(1, -1)}</code>`
    if (/^\*\*.+\*\*$/.test(part)) return html`<strong>${part.slice(2, -2)}</strong>`
    const number = /^\[(\d+)\]$/.exec(part)?.[1]
    return (number && renderMark(Number(number))) ?? part
  })
}

/** Runs of lines of one kind; a fence that is not closed yet reaches to the end. */
function blocksOf(text) {
  const blocks = []
  let isCode = false
  let isApart = true
  const begin = (kind, ...lines) => blocks.push({ kind, lines })
  for (const line of text.split(/\r?\n/)) {
    const kind = ITEM.test(line) ? 'list' : HEADING.test(line) ? 'heading' : 'paragraph'
    const last = blocks.at(-1)
    if (/^\s*```/.test(line)) {
      isCode = !isCode
      if (isCode) begin('code')
      isApart = true
    } else if (isCode) last.lines.push(line)
    else if (line.trim() === '') isApart = true
    else {
      if (!isApart && last?.kind === kind && kind !== 'heading') last.lines.push(line)
      else if (kind === 'list' && last?.kind === 'list') last.lines.push(line)
      else begin(kind, line)
      isApart = false
    }
  }
  return blocks
}
