import { useState } from '/vendor/preact/hooks.js'
import { bytes, percent } from '../format.js'
import { html } from '../html.js'
import { ProblemNotice } from '../ui/notice.js'

/** Where files are chosen or dropped, and how far each has come. */
export function Uploader({ uploads, onFiles }) {
  const [isOver, setOver] = useState(false)
  const drop = event => {
    event.preventDefault()
    setOver(false)
    onFiles([...event.dataTransfer.files])
  }
  const choose = event => {
    onFiles([...event.target.files])
    event.target.value = ''
  }
  const over = event => {
    event.preventDefault()
    setOver(true)
  }
  return html`
    <section aria-label="Upload">
      <label class="drop" data-over=${isOver} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
        <strong>Choose files</strong>
        <span>or drop them here. Text, PDF, Word and Excel files become searchable.</span>
        <input type="file" multiple onChange=${choose} />
      </label>
      ${uploads.length > 0 && html`<ul class="uploads">${uploads.map(upload => html`<${Upload} key=${upload.key} ...${upload} />`)}</ul>`}
    </section>`
}

function Upload({ name, size, state, part, problem, cancel, retry }) {
  if (state === 'failed')
    return html`
      <li>
        <span class="foreign">${name}</span>
        <${ProblemNotice} problem=${problem} onRetry=${retry} onDismiss=${cancel} />
      </li>`
  const told = state === 'waiting' ? 'waiting' : part < 1 ? percent(part) : 'storing…'
  return html`
    <li>
      <div class="line">
        <span class="foreign">${name}</span>
        <small>${bytes(size)}, ${told}</small>
        <button type="button" class="small quiet" aria-label=${`Cancel the upload of ${name}`} onClick=${cancel}>Cancel</button>
      </div>
      <progress aria-label=${`Upload of ${name}`} max="1" value=${part}></progress>
    </li>`
}
