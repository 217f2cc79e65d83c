import { useCallback, useRef, useState } from '/vendor/preact/hooks.js'
import { uploadFile } from './upload.js'

let lastKey = 0

/**
 * A queue of uploads, one after another; `onUploaded` gets each file that has arrived.
 * An upload is `{ key, name, size, state: 'waiting' | 'sending' | 'failed', part, problem, cancel }`.
 */
export function useUploads(onUploaded) {
  const [uploads, setUploads] = useState([])
  const tail = useRef(Promise.resolve())

  const change = (key, changes) =>
    setUploads(all => all.map(upload => (upload.key === key ? { ...upload, ...changes } : upload)))
  const remove = useCallback(key => setUploads(all => all.filter(upload => upload.key !== key)), [])

  const run = async (key, file, signal) => {
    if (signal.aborted) return
    change(key, { state: 'sending' })
    try {
      onUploaded(await uploadFile(file, { signal, onProgress: part => change(key, { part }) }))
      remove(key)
    } catch (problem) {
      if (!signal.aborted) change(key, { state: 'failed', problem })
    }
  }

  const add = files => {
    for (const file of files) {
      const key = ++lastKey
      const controller = new AbortController()
      const cancel = () => {
        controller.abort()
        remove(key)
      }
      const retry = () => {
        change(key, { state: 'waiting', part: 0, problem: null })
        enqueue()
      }
      const enqueue = () => {
        tail.current = tail.current.then(() => run(key, file, controller.signal))
      }
      const { name, size } = file
      setUploads(all => [
        ...all,
        { key, name, size, state: 'waiting', part: 0, problem: null, cancel, retry },
      ])
      enqueue()
    }
  }
  return { uploads, add }
}
