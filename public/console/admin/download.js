import { useState } from '/vendor/preact/hooks.js'
import { authorization, Problem, problemOf } from '../api.js'
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

/** A token that ran out on the way is replaced once, as for any other request. */
async function tableOf(path) {
  const first = await attemptTable(path, false)
  const response = first.status === 401 ? await attemptTable(path, true) : first
  if (response.ok) return response.blob()
  const retryAfter = response.headers.get('Retry-After')
  throw problemOf({ status: response.status, text: await response.text(), retryAfter })
}

async function attemptTable(path, isFresh) {
  const headers = { Accept: 'text/csv', Authorization: await authorization(isFresh) }
  return fetch(path, { headers }).catch(() => {
    throw new Problem({ code: 'network' })
  })
}
