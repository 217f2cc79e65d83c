import { useState } from '/vendor/preact/hooks.js'
import { day, moment } from '../format.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { Badge, Choice, SearchField } from './controls.js'
import { DownloadButton } from './download.js'
import { LeadDetail } from './lead-detail.js'
import { ListAndDetail, ListFrame, ListHeading } from './list-frame.js'
import { useDebounced, useList } from './use-list.js'
import { CONTACT_STATUSES, counted, DEMO_STATUSES } from './words.js'

const MAX_QUERY = 200

/** What the pipelines of contacts and of demo requests do not have in common. */
const CONTACTS = {
  page: 'contacts',
  path: '/api/admin/contacts',
  title: 'Contacts',
  statuses: CONTACT_STATUSES,
  first: 'new',
  none: 'Nobody has written yet. Who sends the contact form is listed here.',
  preview: ({ message }) => message,
  asides: ({ followUpCount }) => (followUpCount > 0 ? [counted(followUpCount, 'follow-up')] : []),
  facts: ({ source, type }) => ({ 'Came from': source, Kind: type }),
  texts: ({ message }) => ({ Message: message }),
}
const DEMOS = {
  page: 'demos',
  path: '/api/admin/demo-requests',
  title: 'Demo requests',
  statuses: DEMO_STATUSES,
  first: 'pending',
  none: 'Nobody has asked for a demo yet. Who does is listed here.',
  preview: ({ businessNeeds }) => businessNeeds,
  asides: ({ preferredDate }) => (preferredDate ? [`would like ${wish(preferredDate)}`] : []),
  facts: ({ jobTitle, companySize, industry, timeline, preferredDate, type }) => ({
    'Job title': jobTitle,
    'Company size': companySize,
    Industry: industry,
    Timeline: timeline,
    'Preferred date': preferredDate && wish(preferredDate),
    Kind: type,
  }),
  texts: ({ businessNeeds, useCase, message }) => ({
    'Business needs': businessNeeds,
    'Use case': useCase,
    Message: message,
  }),
}

/** `#/contacts`, and with an id one of them. */
export function ContactsPage({ id }) {
  return html`<${LeadsPage} kind=${CONTACTS} id=${id} />`
}

/** `#/demos`, and with an id one of them. */
export function DemosPage({ id }) {
  return html`<${LeadsPage} kind=${DEMOS} id=${id} />`
}

function LeadsPage({ kind, id }) {
  const { page, path, title, statuses } = kind
  const [status, setStatus] = useState('')
  const [typed, setTyped] = useState('')
  const filters = { status, q: useDebounced(typed.trim()) }
  const list = useList(path, filters)
  const show = lead => list.put(lead, status === '' || lead.status === status)
  const empty = filters.q || status ? 'Nothing fits. Choose another status or search for less.' : kind.none
  const content = html`
    <div class="line">
      <${ListHeading} page=${page}>${title}<//>
      <${DownloadButton} path=${path} filters=${filters} name=${`${page}.csv`} />
    </div>
    <search class="filters">
      <${Choice} label="Status" options=${{ '': 'All', ...statuses }} value=${status} onChange=${setStatus} />
      <${SearchField} label="Search names, companies, addresses" maxlength=${MAX_QUERY} value=${typed} onChange=${setTyped} />
    </search>
    <${ListFrame} list=${list} label=${title} empty=${empty} item=${lead => html`<${Row} kind=${kind} lead=${lead} />`} />`
  return html`
    <${ListAndDetail} page=${page} id=${id} list=${content}>
      <${LeadDetail} key=${id} kind=${kind} id=${id} onChange=${show} />
    <//>`
}

/** Who names a day means it wherever it is read; the API has it as the midnight of UTC. */
function wish(date) {
  return date.endsWith('T00:00:00.000Z') ? day(date, 'UTC') : moment(date)
}

function Row({ kind, lead }) {
  const { id, name, status, company, email, notes, createdAt } = lead
  const asides = [...kind.asides(lead), ...(notes.length > 0 ? [counted(notes.length, 'note')] : [])]
  return html`
    <div class="line">
      <a class="foreign" href=${hrefOf(kind.page, id)}>${name}</a>
      <${LeadStatus} kind=${kind} status=${status} />
    </div>
    <small class="foreign">${[company, email].filter(Boolean).join(' · ')}</small>
    <p class="foreign preview">${kind.preview(lead)}</p>
    <small>${[moment(createdAt), ...asides].join(' · ')}</small>`
}

function LeadStatus({ kind, status }) {
  return html`<${Badge} kind=${status === kind.first ? 'good' : undefined}>${kind.statuses[status]}<//>`
}
