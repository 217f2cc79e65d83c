import { render } from '/vendor/preact/preact.js'
import { App } from './app.js'
import { html } from './html.js'
import { startSession } from './session.js'

const root = document.getElementById('app')
root.textContent = ''
render(html`<main class="centred" aria-busy="true"><p>Loading…</p></main>`, root)
const session = await startSession()
render(html`<${App} session=${session} />`, root)
