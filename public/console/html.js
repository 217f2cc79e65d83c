import htm from '/vendor/htm/htm.js'
import { h } from '/vendor/preact/preact.js'

/** Makes vnodes of a template; every value in it is text or a property, never markup. */
export const html = htm.bind(h)
