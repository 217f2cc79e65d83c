import { useState } from '/vendor/preact/hooks.js'
import { send } from '../api.js'
import { html } from '../html.js'
import { ProblemNotice } from '../ui/notice.js'
import { save } from '../ui/save.js'
import { useProblem } from '../ui/use-problem.js'
import { queryOf } from './use-list.js'

/** Saves the whole list under the filters as a table. */
export function DownloadButton({ path, filters, name }) {
  const [isBusy, setBusy] = useState(false)
  const { problem, attempt, dismiss } = useProblem()
  const download = async () => {
    setBusy(true)
    await attempt(async () => save(await tableOf(`${path}?${queryOf(filters)}`), name))
    setBusy(false)
  }
  return html`
    <button type="button" class="small quiet" aria-busy=${isBusy} disabled=${isBusy} onClick=${download}>Download CSV</button>
    <${ProblemNotice} problem=${problem} onDismiss=${dismiss} />`
}

async function tableOf(path) {
  return (await send('GET', path, { headers: { Accept: 'text/csv' } })).blob()
}
