import { useEffect, useRef, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { html } from '../html.js'
import { ConfirmDialog } from '../ui/dialog.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'
import { FileItem } from './file-item.js'
import { Search } from './search.js'
import { Uploader } from './uploader.js'
import { useFiles } from './use-files.js'
import { useUploads } from './use-uploads.js'

/** `#/files`, and with a file's id `#/files/<id>`, where that one is shown first. */
export function FilesPage({ fileId }) {
  const { files, problem, put, remove, retry, reload, more } = useFiles()
  const { uploads, add } = useUploads(put)
  const [doomed, setDoomed] = useState(null)
  const heading = useRef(null)
  const hasRemoved = useRef(false)
  const missing = useSought(fileId, files, put)

  const removeDoomed = async () => {
    await remove(doomed)
    hasRemoved.current = true
  }
  // The button that had the focus is gone with its file.
  useEffect(() => {
    if (doomed === null && hasRemoved.current) heading.current.focus()
    hasRemoved.current = false
  }, [doomed])
  return html`
    <main class="page">
      <h1>Files</h1>
      <${Search} />
      <${Uploader} uploads=${uploads} onFiles=${add} />
      <section aria-label="Your files" aria-busy=${files === null && !problem}>
        <h2 ref=${heading} tabindex="-1">Your files</h2>
        <${ProblemNotice} problem=${missing} />
        <${ProblemNotice} problem=${problem} onRetry=${reload} />
        ${files?.length === 0 && html`<p class="empty">There are no files yet. Upload one above; once it is read, you can search it and have answers cite it.</p>`}
        <ul class="files">
          ${(files ?? []).map(
            file => html`
              <${FileItem} key=${file.id} file=${file} isCurrent=${file.id === fileId} onRetry=${retry} onDelete=${setDoomed} />`,
          )}
        </ul>
        ${more && html`<button type="button" class="small" onClick=${more}>Show older files</button>`}
      </section>
      ${
        doomed &&
        html`
        <${ConfirmDialog}
          title="Delete this file?"
          text=${`“${doomed.name}” goes for good, with all that was read from it.`}
          action="Delete"
          onConfirm=${removeDoomed}
          onClose=${() => setDoomed(null)}
        />`
      }
    </main>`
}

/** Brings the file of the address into view; the failure when there is none. */
function useSought(fileId, files, put) {
  const { problem, attempt, dismiss } = useProblem()
  const isListed = (files ?? []).some(({ id }) => id === fileId)
  useEffect(() => {
    if (!fileId || files === null) return dismiss()
    if (!isListed) attempt(async () => put(await ask('GET', `/api/files/${encodeURIComponent(fileId)}`)))
    const item = document.getElementById(`file-${fileId}`)
    item?.scrollIntoView({ block: 'center' })
    item?.focus({ preventScroll: true })
  }, [fileId, files === null, isListed])
  return fileId ? problem : null
}
