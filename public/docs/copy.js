/** Shows this server's own address in the snippets and gives each a button that copies it. */
for (const origin of document.querySelectorAll('[data-origin]')) origin.textContent = location.origin

for (const snippet of document.querySelectorAll('.snippet')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(snippet.querySelector('pre').textContent)
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 2000)
  })
  snippet.append(button)
}
