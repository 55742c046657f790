// Pages of imports work without this. With it, the part that tells how far something is keeps up by itself, and a file
// that is too large is noticed before it is sent.
const everyMs = 1500
const longestMs = 30_000

const region = document.querySelector('[data-live]')
if (region) {
  for (const link of region.querySelectorAll('[data-without-script]')) link.hidden = true
  void keepUp(region)
}

async function keepUp(region) {
  for (let failures = 0; ;) {
    await new Promise((resolve) => {
      setTimeout(resolve, Math.min(everyMs * 2 ** failures, longestMs))
    })
    if (document.hidden) continue
    const answer = await fetch(region.dataset.live, { cache: 'no-store' }).catch(() => undefined)
    // Over, gone, or signed out: the page itself knows.
    if (answer && (answer.status === 204 || answer.redirected || (answer.status >= 400 && answer.status < 500))) {
      return location.reload()
    }
    failures = answer?.ok ? 0 : failures + 1
    if (answer?.ok) replaceParts(region, await answer.text())
  }
}

/** Only what differs, so that a screen reader says the sentence when it changes and not every time. */
function replaceParts(region, text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html')
  for (const part of region.querySelectorAll('[data-part]')) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`)
    if (other && other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes)
  }
}

const form = document.querySelector('[data-upload]')
if (form) {
  const input = form.querySelector('input[type=file]')
  const note = form.querySelector('[data-upload-note]')
  input.addEventListener('change', () => {
    const isTooLarge = (input.files[0]?.size ?? 0) > Number(input.dataset.max)
    const words = isTooLarge ? note.dataset.tooLarge : ''
    input.setCustomValidity(words)
    note.textContent = words
  })
  form.addEventListener('submit', () => {
    note.textContent = note.dataset.underWay
  })
}
