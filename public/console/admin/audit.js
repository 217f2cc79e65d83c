import { useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { AuditList } from './audit-list.js'
import { ACTION_NAMES } from './audit-words.js'
import { Picker } from './controls.js'
import { useList } from './use-list.js'

/** `#/audit` */
export function AuditPage() {
  const [action, setAction] = useState('')
  const list = useList('/api/admin/audit', { action })
  const empty = action
    ? 'Nobody has done this yet.'
    : 'No admin has done anything yet. What they do is told here.'
  return html`
    <main class="page admin">
      <h1>Audit log</h1>
      <p><small>What admins did, newest first. It is only ever added to.</small></p>
      <search class="filters">
        <${Picker} label="Action" all="All actions" options=${ACTION_NAMES} value=${action} onChange=${setAction} />
      </search>
      <${AuditList} list=${list} label="Audit log" empty=${empty} />
    </main>`
}
