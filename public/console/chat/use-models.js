import { useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'

/** The models that this server can ask, as `{ provider, model }`; none while that is not known. */
export function useModels() {
  const [models, setModels] = useState([])
  useEffect(() => {
    ask('GET', '/api/ai?action=models').then(
      ({ providers }) => setModels(providers.filter(({ configured }) => configured).flatMap(modelsOf)),
      () => {},
    )
  }, [])
  return models
}

function modelsOf({ provider, models }) {
  return models.map(model => ({ provider, model }))
}
