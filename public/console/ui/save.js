/** Has the browser keep something as a file. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(URL.revokeObjectURL, 60_000, url)
}
