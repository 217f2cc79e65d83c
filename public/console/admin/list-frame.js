import { useEffect, useRef } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { ProblemNotice } from '../ui/notice.js'
import { counted } from './words.js'

/** What a list of `useList` shows: `item` gives what is in each row, `empty` is said when there is none. */
export function ListFrame({ list, label, empty, item }) {
  const { items, problem, isBusy, more, retry } = list
  const rows = useRef(null)
  const focusAt = useRef(null)
  // The button may go with the last page: who pressed it reads on at the first row that came.
  useEffect(() => {
    if (focusAt.current === null || isBusy) return
    rows.current?.children[focusAt.current]?.focus()
    focusAt.current = null
  }, [isBusy])
  const readOn = () => {
    focusAt.current = items.length
    more()
  }
  return html`
    <section aria-label=${label}>
      <p class="shown" role="status">${told(items, more, isBusy, empty)}</p>
      ${items === null && isBusy && html`<p aria-busy="true">Loading…</p>`}
      ${
        items?.length > 0 &&
        html`
        <ul class="rows" ref=${rows} data-busy=${isBusy}>
          ${items.map(one => html`<li key=${one.id} id=${rowId(one.id)} tabindex="-1">${item(one)}</li>`)}
        </ul>`
      }
      <${ProblemNotice} problem=${problem} onRetry=${retry} />
      ${more && !problem && html`<button type="button" class="small" disabled=${isBusy} aria-busy=${isBusy} onClick=${readOn}>Show more</button>`}
    </section>`
}

/**
 * A list, and in its place the object of the address. Back from there, the list is as it was, with the focus where
 * it came from.
 */
export function ListAndDetail({ page, id, list, children }) {
  const left = useRef('')
  useEffect(() => {
    if (id === '' && left.current !== '') {
      const row = document.getElementById(rowId(left.current))
      const target = row?.querySelector('a') ?? document.getElementById(headingId(page))
      target.focus()
    }
    left.current = id
  }, [id])
  return html`
    <main class="page admin">
      <div hidden=${id !== ''}>${list}</div>
      ${id !== '' && children}
    </main>`
}

/** The heading of a list that has details, which takes the focus when the row it belongs to is gone. */
export function ListHeading({ page, children }) {
  return html`<h1 id=${headingId(page)} tabindex="-1">${children}</h1>`
}

/** What stands above every detail: the way back, and the name once it is known, which then has the focus. */
export function DetailHead({ page, back, name, badges, object, problem, onRetry }) {
  const heading = useRef(null)
  const isThere = object !== null
  useEffect(() => heading.current?.focus(), [isThere])
  return html`
    <p><a href=${hrefOf(page)}>← ${back}</a></p>
    <${ProblemNotice} problem=${problem} onRetry=${problem?.code !== 'not_found' && onRetry} />
    ${!isThere && !problem && html`<p aria-busy="true">Loading…</p>`}
    ${isThere && html`<div class="line"><h1 class="foreign" ref=${heading} tabindex="-1">${name}</h1>${badges}</div>`}`
}

function rowId(id) {
  return `row-${id}`
}

function headingId(page) {
  return `heading-${page}`
}

function told(items, more, isBusy, empty) {
  if (items === null || isBusy) return ''
  if (items.length === 0) return html`<span class="empty">${empty}</span>`
  return html`<small>${counted(items.length, 'entry', 'entries')} shown${more ? ', and there are more' : ''}</small>`
}
