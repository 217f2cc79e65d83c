import { useState } from '/vendor/preact/hooks.js'
import { moment } from '../format.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { Picker, SearchField } from './controls.js'
import { ListAndDetail, ListFrame, ListHeading } from './list-frame.js'
import { useDebounced, useList } from './use-list.js'
import { nameOf, UserBadges } from './user-badges.js'
import { UserDetail } from './user-detail.js'
import { counted, PLAN_NAMES, USER_STATUSES } from './words.js'

const MAX_QUERY = 254

/** `#/users`, and with an id one of them. */
export function UsersPage({ id }) {
  const [plan, setPlan] = useState('')
  const [status, setStatus] = useState('')
  const [typed, setTyped] = useState('')
  const filters = { q: useDebounced(typed.trim()), plan, status }
  const list = useList('/api/admin/users', filters)
  const show = user => list.put(user, status === '' || user.status === status)
  const content = html`
    <${ListHeading} page="users">Users<//>
    <search class="filters">
      <${SearchField} label="Beginning of the e-mail address" maxlength=${MAX_QUERY} value=${typed} onChange=${setTyped} />
      <${Picker} label="Plan" all="All plans" options=${PLAN_NAMES} value=${plan} onChange=${setPlan} />
      <${Picker} label="Status" all="Any status" options=${USER_STATUSES} value=${status} onChange=${setStatus} />
    </search>
    <${ListFrame} list=${list} label="Users" empty="No account fits. Type less of the address, or choose another plan or status." item=${user => html`<${Row} ...${user} />`} />`
  return html`
    <${ListAndDetail} page="users" id=${id} list=${content}>
      <${UserDetail} key=${id} id=${id} onChange=${show} />
    <//>`
}

function Row(user) {
  const { id, email, usage, createdAt } = user
  const used = [
    counted(usage.chatMessages, 'message'),
    counted(usage.files, 'file'),
    counted(usage.apiKeys, 'key'),
  ]
  return html`
    <div class="line">
      <a class="foreign" href=${hrefOf('users', id)}>${email}</a>
      <${UserBadges} user=${user} />
    </div>
    <small class="foreign">${[nameOf(user), `since ${moment(createdAt)}`, ...used].filter(Boolean).join(' · ')}</small>`
}
