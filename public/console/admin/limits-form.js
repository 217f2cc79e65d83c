import { useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { bytes } from '../format.js'
import { html } from '../html.js'
import { LIMITS, PLANS, planName } from '../plans.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'

const MIB = 1024 ** 2
const isBytes = name => LIMITS[name].amount === bytes

/** What overrides the plan's limits: a number, unlimited, or with an empty field the plan's own. */
export function LimitsForm({ user, path, onChange }) {
  const [fields, setFields] = useState(() => fieldsOf(user.limits))
  const [isBusy, setBusy] = useState(false)
  const [told, setTold] = useState('')
  const { problem, attempt } = useProblem()
  const change = (name, field) => {
    setTold('')
    setFields(all => ({ ...all, [name]: { ...all[name], ...field } }))
  }
  const save = async event => {
    event.preventDefault()
    if (isBusy) return
    setBusy(true)
    setTold('')
    await attempt(async () => {
      const changed = await ask('PATCH', path, { json: { limits: overridesOf(fields) } })
      setFields(fieldsOf(changed.limits))
      onChange(changed)
      setTold('The limits are saved and hold from now on.')
    })
    setBusy(false)
  }
  return html`
    <section aria-label="Limits">
      <h2>Limits</h2>
      <p><small>An empty field leaves what the plan ${planName(user.plan)} says.</small></p>
      <form class="overrides" onSubmit=${save}>
        ${Object.keys(LIMITS).map(
          name => html`
            <${LimitField} key=${name} name=${name} field=${fields[name]} user=${user} onChange=${field => change(name, field)} />`,
        )}
        <button type="submit" class="small" aria-busy=${isBusy}>Save limits</button>
      </form>
      <p class="told" role="status">${told}</p>
      <${ProblemNotice} problem=${problem} />
    </section>`
}

function LimitField({ name, field, user, onChange }) {
  const { label, amount } = LIMITS[name]
  const told = limit => (limit === null ? 'unlimited' : amount(limit))
  const isOwn = Object.hasOwn(user.limits, name)
  return html`
    <fieldset>
      <legend>${label}${isBytes(name) ? ', in MiB' : ''}</legend>
      <div class="line">
        <input
          type="number" aria-label=${label} min=${name === 'requestsPerMinute' ? 1 : 0} step=${isBytes(name) ? 'any' : 1} inputmode="decimal"
          disabled=${field.isUnlimited} value=${field.isUnlimited ? '' : field.value} onInput=${event => onChange({ value: event.target.value })}
        />
        <label>
          <input type="checkbox" aria-label=${`${label}: unlimited`} checked=${field.isUnlimited} onChange=${event => onChange({ isUnlimited: event.target.checked })} /> Unlimited
        </label>
      </div>
      <small>Plan: ${told(PLANS[user.plan][name])}${isOwn && html`, here <strong>${told(user.effectiveLimits[name])}</strong>`}</small>
    </fieldset>`
}

function fieldsOf(limits) {
  const field = name => {
    const value = limits[name]
    if (value === undefined || value === null) return { value: '', isUnlimited: value === null }
    return { value: String(isBytes(name) ? value / MIB : value), isUnlimited: false }
  }
  return Object.fromEntries(Object.keys(LIMITS).map(name => [name, field(name)]))
}

function overridesOf(fields) {
  const given = Object.entries(fields).filter(
    ([, { value, isUnlimited }]) => isUnlimited || value.trim() !== '',
  )
  return Object.fromEntries(
    given.map(([name, { value, isUnlimited }]) => {
      if (isUnlimited) return [name, null]
      return [name, isBytes(name) ? Math.round(Number(value) * MIB) : Number(value)]
    }),
  )
}
