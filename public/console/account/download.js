import { useState } from '/vendor/preact/hooks.js'
import { Problem, send } from '../api.js'
import { html } from '../html.js'
import { ProblemNotice } from '../ui/notice.js'
import { save } from '../ui/save.js'
import { useProblem } from '../ui/use-problem.js'

/** Everything kept about the account, as a file to take along. */
export function Download() {
  const [state, setState] = useState('idle')
  const { problem, attempt } = useProblem()
  const isBusy = state === 'busy'
  const download = async () => {
    setState('busy')
    const isDone = await attempt(async () => save(await fetchExport(), 'workflowai-export.zip'))
    setState(isDone ? 'done' : 'idle')
  }
  return html`
    <section aria-labelledby="your-data">
      <h2 id="your-data">Your data</h2>
      <p>Everything that is kept about you, as one zip: your profile, conversations, files and figures.</p>
      <button type="button" aria-busy=${isBusy} disabled=${isBusy} onClick=${download}>Download my data</button>
      <${ProblemNotice} problem=${problem} />
      <p role="status"><small>${isBusy ? 'Gathering your data. With many files this takes a while.' : state === 'done' ? 'Your data was saved as workflowai-export.zip.' : ''}</small></p>
    </section>`
}

async function fetchExport() {
  const response = await send('GET', '/api/app/export')
  return response.blob().catch(() => {
    throw new Problem({ code: 'network', detail: 'The download broke off.' })
  })
}
