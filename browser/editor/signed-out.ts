// While somebody signs in elsewhere: asks now and then whether it is done, so that the text goes on by itself. The question
// is small; the text is sent only after a yes.
import { fieldsOf, valueOf } from './form.ts'

const askMs = 4000
// Ten minutes. After them the text is tried again as after any refusal.
const mostQuestions = 150

export function startWaiting(form: HTMLFormElement, goOn: () => void): { wait: () => void; end: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isWaiting = false
  let left = 0

  async function ask(): Promise<void> {
    const isIn = await isSignedIn(form)
    if (!isWaiting) return
    if (isIn) {
      end()
      goOn()
    } else if (--left > 0) timer = setTimeout(() => void ask(), askMs)
  }

  function end(): void {
    isWaiting = false
    clearTimeout(timer)
  }

  return {
    wait() {
      if (isWaiting) return
      isWaiting = true
      left = mostQuestions
      timer = setTimeout(() => void ask(), askMs)
    },
    end,
  }
}

/** Where nobody answers, nobody is. */
async function isSignedIn(form: HTMLFormElement): Promise<boolean> {
  const query = form.dataset.post
    ? ''
    : `?submission_key=${encodeURIComponent(valueOf(fieldsOf(form), 'submission_key'))}`
  try {
    const response = await fetch(`${form.dataset.autosave}${query}`, { headers: { accept: 'application/json' } })
    return response.status !== 401 && response.status < 500
  } catch {
    return false
  }
}
