import { useId } from '/vendor/preact/hooks.js'
import { html } from '../html.js'

/** One of a few, all in sight; `options` maps each value to what it is called. */
export function Choice({ label, options, value, onChange }) {
  const name = useId()
  return html`
    <fieldset class="choice">
      <legend class="unseen">${label}</legend>
      ${Object.entries(options).map(
        ([key, text]) => html`
          <label key=${key}>
            <input type="radio" name=${name} value=${key} checked=${key === value} onChange=${() => onChange(key)} /> ${text}
          </label>`,
      )}
    </fieldset>`
}

/** One of many, or all of them. */
export function Picker({ label, all, options, value, onChange }) {
  return html`
    <select aria-label=${label} value=${value} onChange=${event => onChange(event.target.value)}>
      <option value="">${all}</option>
      ${Object.entries(options).map(([key, text]) => html`<option key=${key} value=${key}>${text}</option>`)}
    </select>`
}

export function SearchField({ label, maxlength, value, onChange }) {
  return html`
    <input
      type="search" aria-label=${label} placeholder=${label} maxlength=${maxlength} autocomplete="off" spellcheck="false"
      value=${value} onInput=${event => onChange(event.target.value)}
    />`
}

/** A state in a word; its colour only underlines it. */
export function Badge({ kind, children }) {
  return html`<span class="badge" data-kind=${kind}>${children}</span>`
}

/** Named facts; those that are not known say so. */
export function Facts({ facts }) {
  return html`
    <dl class="facts">
      ${Object.entries(facts).map(
        ([name, value]) => html`
          <div key=${name}>
            <dt>${name}</dt>
            <dd class="foreign">${value === null || value === '' ? html`<small>Not given</small>` : value}</dd>
          </div>`,
      )}
    </dl>`
}
