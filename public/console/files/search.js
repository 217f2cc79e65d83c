import { useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { percent } from '../format.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'

const TOP = 5

/** Finds passages by what they mean. */
export function Search() {
  const [query, setQuery] = useState('')
  const [found, setFound] = useState(null)
  const [isBusy, setBusy] = useState(false)
  const { problem, attempt } = useProblem()

  const search = async event => {
    event.preventDefault()
    if (query.trim() === '') return
    setBusy(true)
    await attempt(async () => {
      const { data } = await ask('POST', '/api/files/search', { json: { query, topK: TOP } })
      setFound({ query, hits: data })
    })
    setBusy(false)
  }
  return html`
    <search aria-label="Your files">
      <form class="line" onSubmit=${search}>
        <input type="search" aria-label="Search your files" placeholder="Search your files by meaning" maxlength="4000" value=${query} onInput=${event => setQuery(event.target.value)} />
        <button type="submit" aria-busy=${isBusy} disabled=${isBusy}>Search</button>
      </form>
      <${ProblemNotice} problem=${problem} />
      <div role="status">${found && html`<${Found} ...${found} onClose=${() => setFound(null)} />`}</div>
    </search>`
}

function Found({ query, hits, onClose }) {
  return html`
    <div class="line">
      <h2>${hits.length === 0 ? 'Nothing found' : `${hits.length} ${hits.length === 1 ? 'passage' : 'passages'}`} for “<span class="foreign">${query}</span>”</h2>
      <button type="button" class="small quiet" onClick=${onClose}>Clear</button>
    </div>
    ${hits.length === 0 && html`<p>Upload a file that speaks of it, or ask in other words.</p>`}
    <ol class="hits">
      ${hits.map(
        ({ fileId, name, chunk, score, text }) => html`
          <li key=${`${fileId}-${chunk}`}>
            <div class="line">
              <a class="foreign" href=${hrefOf('files', fileId)}>${name}</a>
              <small>passage ${chunk + 1}, ${percent(score)} match</small>
            </div>
            <p class="foreign">${text}</p>
          </li>`,
      )}
    </ol>`
}
