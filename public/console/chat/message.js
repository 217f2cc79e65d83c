import { useState } from '/vendor/preact/hooks.js'
import { percent } from '../format.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { Formatted } from '../text.js'
import { Dialog } from '../ui/dialog.js'

/** What one side said; an answer with the passages it was given. */
export function Message({ role, content, citations, unfinished, isRunning }) {
  const [opened, setOpened] = useState(null)
  if (role === 'user')
    return html`<li class="message" data-role="user"><div class="foreign said">${content}</div></li>`

  const mark = number =>
    citations[number - 1]
      ? html`<button type="button" class="mark" aria-label=${`Passage ${number}: ${citations[number - 1].name}`} onClick=${() => setOpened(number)}>[${number}]</button>`
      : null
  return html`
    <li class="message" data-role="assistant" data-running=${isRunning}>
      <div class="said">
        <${Formatted} text=${content} renderMark=${mark} />
      </div>
      ${unfinished && html`<p class="unfinished"><small>Unfinished: the answer was stopped or broke off here.</small></p>`}
      ${citations.length > 0 && html`<${Citations} citations=${citations} content=${content} onOpen=${setOpened} />`}
      ${opened !== null && html`<${Passage} number=${opened} citation=${citations[opened - 1]} onClose=${() => setOpened(null)} />`}
    </li>`
}

/** Those the answer names come first into view; the others were given to it all the same. */
function Citations({ citations, content, onOpen }) {
  const numbered = citations.map((citation, position) => ({ ...citation, number: position + 1 }))
  const named = numbered.filter(({ number }) => content.includes(`[${number}]`))
  const others = numbered.filter(({ number }) => !content.includes(`[${number}]`))
  const card = ({ number, name, excerpt }) => html`
    <li key=${number}>
      <button type="button" class="citation" onClick=${() => onOpen(number)}>
        <span><b>[${number}]</b> <span class="foreign">${name}</span></span>
        <small class="foreign">${excerpt}</small>
      </button>
    </li>`
  return html`
    ${named.length > 0 && html`<ul class="citations" aria-label="Sources">${named.map(card)}</ul>`}
    ${
      others.length > 0 &&
      html`
        <details class="others">
          <summary>${others.length} ${named.length > 0 ? 'more' : ''} ${others.length === 1 ? 'passage' : 'passages'} searched</summary>
          <ul class="citations">${others.map(card)}</ul>
        </details>`
    }`
}

function Passage({ number, citation, onClose }) {
  const { name, excerpt, chunk, score, fileId } = citation
  return html`
    <${Dialog} title=${`Passage [${number}]`} onClose=${onClose}>
      <p><strong class="foreign">${name}</strong><br /><small>passage ${chunk + 1} of the file, ${percent(score)} match</small></p>
      <blockquote class="foreign">${excerpt}</blockquote>
      <footer><a href=${hrefOf('files', fileId)}>Show in Files</a></footer>
    <//>`
}
