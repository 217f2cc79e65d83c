import { useState } from '/vendor/preact/hooks.js'
import { moment } from '../format.js'
import { html } from '../html.js'
import { useMe } from '../me.js'
import { AuditList } from './audit-list.js'
import { Facts } from './controls.js'
import { LimitsForm } from './limits-form.js'
import { DetailHead } from './list-frame.js'
import { Suspension } from './suspension.js'
import { UsageBars } from './usage-bars.js'
import { useList } from './use-list.js'
import { useObject } from './use-object.js'
import { nameOf, UserBadges } from './user-badges.js'

/** One account: who it is, what it uses, and what an admin can do with it. */
export function UserDetail({ id, onChange }) {
  const path = `/api/admin/users/${encodeURIComponent(id)}`
  const { object: user, setObject, problem, reload } = useObject(path)
  // What is done here is told by the log at once.
  const [changes, setChanges] = useState(0)
  const show = changed => {
    setObject(changed)
    onChange(changed)
    setChanges(changes + 1)
  }
  const { me } = useMe()
  return html`
    <${DetailHead} page="users" back="Users" name=${user?.email} badges=${user && html`<${UserBadges} user=${user} />`} object=${user} problem=${problem} onRetry=${reload} />
    ${
      user &&
      html`
      <${Suspension} user=${user} isSelf=${me?.id === user.id} path=${path} onChange=${show} />
      <${Profile} user=${user} />
      <section aria-label="Usage">
        <h2>Usage</h2>
        <${UsageBars} usage=${user.usage} limits=${user.effectiveLimits} />
      </section>
      ${user.status !== 'deleted' && html`<${LimitsForm} user=${user} path=${path} onChange=${show} />`}
      <${RecentActions} key=${changes} targetId=${user.id} />`
    }`
}

function Profile({ user }) {
  const { clerkId, subscription, createdAt, deletedAt } = user
  const facts = {
    Name: nameOf(user),
    Subscription: subscriptionText(subscription),
    'Clerk id': clerkId,
    Since: moment(createdAt),
    ...(deletedAt && { Deleted: moment(deletedAt) }),
  }
  return html`<section aria-label="Profile"><${Facts} facts=${facts} /></section>`
}

function subscriptionText({ status, currentPeriodEnd, cancelAtPeriodEnd }) {
  if (status === null) return 'None'
  const word = { active: 'Active', canceled: 'Canceled', past_due: 'Past due', trialing: 'On trial' }[status]
  if (currentPeriodEnd === null) return word
  return `${word}, ${cancelAtPeriodEnd ? 'ends' : 'renews'} ${moment(currentPeriodEnd)}`
}

function RecentActions({ targetId }) {
  const list = useList('/api/admin/audit', { targetId })
  return html`
    <section aria-label="What admins did">
      <h2>What admins did</h2>
      <${AuditList} list=${list} label="Actions on this account" subject="this account" empty="No admin has changed this account." />
    </section>`
}
