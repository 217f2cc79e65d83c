import type { Document } from 'mongodb'
import type { Hand } from '../hand.ts'
import { countedWrong, groupBy, type Kind } from '../kind.ts'
import { type Effect, isAcknowledged } from '../ledger.ts'

/** Messages that one shared address sends; it may send 500. */
const OF_ONE_ADDRESS = 100
let shared = 0

/** Sends a form in which the mark stands, half of the time so that it may be sent again. */
async function submit<S>(hand: Hand, kind: string, sent: S, path: string, jsonOf: (mark: string) => object) {
  const isKeyed = hand.chance(0.5)
  const effect = hand.begin<S>({ kind, sent })
  const headers = { ...hand.tenant.session, ...(isKeyed && { 'Idempotency-Key': effect.mark }) }
  const ask = { method: 'POST', path, headers, json: jsonOf(effect.mark), again: isKeyed }
  await hand.send(effect, ask)
  if (isKeyed && isAcknowledged(effect) && hand.chance(0.2)) await hand.send(effect, ask)
}

/** Contacts, from addresses that are new or wrote before. Their mark is the message. */
export const contacts: Kind = {
  async act(hand) {
    const isShared = hand.chance(0.5)
    const group = Math.floor(shared++ / OF_ONE_ADDRESS)
    await submit(hand, 'contact', {}, '/api/forms', mark => {
      const email = `${isShared ? `${hand.tenant.clerkId}-${group}` : mark}@example.com`
      return { formType: 'contact', name: 'Ada', email, message: mark }
    })
  },
  check(effects, { contacts: rows }) {
    const said = rows.flatMap(({ _id, message, followUps }) =>
      [message, ...followUps.map((one: Document) => one.message)].map(text => ({ id: String(_id), text })),
    )
    const byText = groupBy(said, ({ text }) => text)
    const miscounted = rows.filter(({ followUps, followUpCount }) => followUps.length !== followUpCount)
    return [
      ...effects.flatMap(effect =>
        placed(
          effect,
          (byText.get(effect.mark) ?? []).map(({ id }) => id),
          'message',
        ),
      ),
      ...miscounted.map(({ _id, followUps, followUpCount }) => {
        return `contact ${_id}: counts ${followUpCount} messages, holds ${followUps.length}`
      }),
    ]
  },
}

/** Requests for a demo. Their mark is what is needed. */
export const demos: Kind = {
  act: hand =>
    submit(hand, 'demo', {}, '/api/forms', mark => {
      const email = `${mark}@example.com`
      return { formType: 'demo', name: 'Ada', email, company: 'Shop', businessNeeds: mark }
    }),
  check: (effects, { demorequests }) => placedBy('businessNeeds', effects, demorequests),
}

/** Opinions. Their mark is the text. */
export const feedback: Kind = {
  act: hand =>
    submit(hand, 'feedback', {}, '/api/feedback', mark => {
      return { formType: 'contact', rating: 1 + Math.floor(hand.next() * 5), feedbackText: mark }
    }),
  check: (effects, { feedbacks }) => placedBy('feedbackText', effects, feedbacks),
}

/** Reports of several events each, of which all are stored or none. Their mark stands in the metadata. */
export const analytics: Kind = {
  async act(hand) {
    const events = 1 + Math.floor(hand.next() * 5)
    await submit(hand, 'analytics', { events }, '/api/analytics', mark => {
      return { events: Array.from({ length: events }, () => ({ event: 'seen', metadata: { mark } })) }
    })
  },
  check(effects, { analyticevents }) {
    const byMark = groupBy(analyticevents, ({ metadata }) => metadata?.mark)
    return (effects as Effect<{ events: number }>[]).flatMap(effect => {
      const { mark, sent } = effect
      const found = byMark.get(mark)?.length ?? 0
      if (found === sent.events || (found === 0 && !isAcknowledged(effect))) return []
      return [`analytics ${mark}: ${found} of ${sent.events} events are stored`]
    })
  },
}

function placedBy(field: string, effects: Effect[], rows: Document[]): string[] {
  const byMark = groupBy(rows, row => row[field])
  return effects.flatMap(effect =>
    placed(
      effect,
      (byMark.get(effect.mark) ?? []).map(({ _id }) => String(_id)),
      'row',
    ),
  )
}

/** It is there once, and under the id that was answered. */
function placed(effect: Effect, ids: string[], what: string): string[] {
  const { kind, mark, answers } = effect
  const other = answers.find(({ id }) => ids.length > 0 && !ids.includes(id))
  return [
    ...countedWrong(effect, ids.length, what),
    ...(other ? [`${kind} ${mark}: ${other.id} was answered, ${ids} is stored`] : []),
  ]
}
