import { countedWrong, groupBy, type Kind } from '../kind.ts'
import { type Effect, isAcknowledged } from '../ledger.ts'

type Asked = { isKeyed: boolean }

/** API keys: made, perhaps used, mostly revoked again. Their mark is a name. */
export const keys: Kind = {
  async act(hand) {
    const isKeyed = hand.chance(0.5)
    const effect = hand.begin<Asked>({ kind: 'key', sent: { isKeyed } })
    const { session } = hand.tenant
    const headers = { ...session, ...(isKeyed && { 'Idempotency-Key': effect.mark }) }
    const ask = { method: 'POST', path: '/api/app/api-keys', headers, json: { name: effect.mark } }
    const { body } = await hand.send(effect, { ...ask, again: isKeyed })
    if (!isAcknowledged(effect)) return
    if (isKeyed && hand.chance(0.2)) await hand.send(effect, { ...ask, again: true })
    if (hand.chance(0.5)) {
      const own = { Authorization: `Bearer ${body.key}` }
      await hand.send('key use', { method: 'GET', path: '/api/app/me', headers: own })
    }
    // The plan has room for a hundred: most make room again.
    if (!hand.chance(0.9)) return
    const revocation = hand.begin({ kind: 'revoke', mark: body.id, sent: {} })
    await hand.send(revocation, { method: 'DELETE', path: `/api/app/api-keys?keyId=${body.id}`, again: true })
  },
  check(effects, { apikeys }) {
    const byName = groupBy(apikeys, ({ name }) => name ?? undefined)
    const revoked = new Map(
      effects.flatMap(effect => (effect.kind === 'revoke' ? [[effect.mark, effect]] : [])),
    )
    return effects.flatMap(effect => {
      if (effect.kind !== 'key') return []
      const found = byName.get(effect.mark) ?? []
      return [
        ...countedWrong(effect, found.length, 'key'),
        ...answersWrong(
          effect,
          found.map(({ _id }) => String(_id)),
        ),
        ...found.flatMap(({ _id, revokedAt }) =>
          revocationWrong(revoked.get(String(_id)), revokedAt, effect),
        ),
      ]
    })
  },
}

/** Every answer to one request tells the same key. */
function answersWrong({ mark, answers }: Effect, ids: string[]): string[] {
  const told = new Set(answers.map(({ id, key }) => `${id} ${key}`))
  if (told.size > 1) return [`key ${mark}: its attempts were told ${told.size} keys`]
  const other = answers.find(({ id }) => ids.length > 0 && !ids.includes(id))
  return other ? [`key ${mark}: ${other.id} was answered, ${ids} is stored`] : []
}

function revocationWrong(revocation: Effect | undefined, revokedAt: unknown, { mark }: Effect): string[] {
  if (!revocation) return revokedAt ? [`key ${mark}: revoked by nobody`] : []
  return isAcknowledged(revocation) && !revokedAt ? [`key ${mark}: its revocation is not there`] : []
}
