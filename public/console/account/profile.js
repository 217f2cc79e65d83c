import { useState } from '/vendor/preact/hooks.js'
import { day } from '../format.js'
import { html } from '../html.js'
import { planName } from '../plans.js'

/** The only place besides its own that the page's policy allows pictures from. */
const PICTURES = 'https://img.clerk.com/'

/** Who the account belongs to. */
export function Profile({ me }) {
  const name = [me.firstName, me.lastName].filter(Boolean).join(' ')
  return html`
    <section class="profile" aria-label="Profile">
      <${Portrait} imageUrl=${me.imageUrl} name=${name || me.email} />
      <div>
        <h2 class="foreign">${name || 'No name given'}</h2>
        <p class="foreign">${me.email}</p>
        <p><small>Here since ${day(me.createdAt)} · Plan: ${planName(me.plan)}${me.role === 'admin' && ' · Admin'}</small></p>
      </div>
    </section>`
}

function Portrait({ imageUrl, name }) {
  const [isBroken, setBroken] = useState(false)
  return imageUrl?.startsWith(PICTURES) && !isBroken
    ? html`<img class="portrait" src=${imageUrl} alt="" width="56" height="56" onError=${() => setBroken(true)} />`
    : html`<span class="portrait" aria-hidden="true">${[...name][0]?.toUpperCase()}</span>`
}
