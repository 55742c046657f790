// Never lose a word: every change goes to the server within seconds, and into this browser until the server has it.
import { fieldsOf, isBlank, lines, setHidden, submitTo, valueOf, writtenIn } from './form.ts'
import { type Fields, dropCopy, keepCopy } from './local-copies.ts'
import { startWaiting } from './signed-out.ts'
import type { Show } from './state.ts'
import { filled, words } from './words.ts'

const restMs = 1500
const longestRestMs = 5000
const longestRetryMs = 30_000
const answerMs = 20_000
// Browsers send no more than 64 KB for a page that is being closed.
const mostOnLeaving = 60_000

type Timer = ReturnType<typeof setTimeout> | undefined

type Answer = {
  id: number
  version: number
  action?: string
  addresses?: Record<string, string>
  saved?: { version: number; title: string; body: string }
  error?: { kind: string; message: string }
}

export type Saving = {
  changed: () => void
  /** At once; true when the server has everything. */
  save: () => Promise<boolean>
  /** True while this browser holds something that the server has not confirmed. */
  isOpen: () => boolean
  /** The last try found no server, or one that does not know who is asking. */
  isAway: () => boolean
  /** What is shown is a choice between two versions, and this one was chosen. */
  choose: () => void
  /** Nothing is sent any more: the page is about to be left on purpose. */
  end: () => void
}

export function startSaving(form: HTMLFormElement, show: Show): Saving {
  const isUnsaved = form.dataset.unsaved !== undefined
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('bloggy posts') : undefined
  let acknowledged = isUnsaved ? undefined : writtenIn(fieldsOf(form))
  let isConflict = form.dataset.conflict !== undefined
  let isEnded = false
  let isKept = true
  let running: Promise<boolean> | undefined
  let failures = 0
  let firstChange = 0
  let isRefused = false
  let isAway = false
  let timer: Timer
  let copyTimer: Timer
  // Sent and never answered: the server may have taken them.
  let unanswered: string[] = []

  const signedOut = startWaiting(form, () => void save())

  const isOpen = () => writtenIn(fieldsOf(form)) !== acknowledged
  const later = (wait: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), wait)
  }

  function keep(): void {
    clearTimeout(copyTimer)
    const fields = fieldsOf(form)
    if (isOpen() && !isBlank(fields)) isKept = keepCopy(placeOf(form), fields)
    else dropCopy(placeOf(form))
  }

  function changed(): void {
    clearTimeout(copyTimer)
    copyTimer = setTimeout(keep, 200)
    if (isConflict) return show.trouble(words.chooseVersion)
    if (!isOpen()) return
    firstChange ||= Date.now()
    // A failure has its own rhythm, and what was said about it stays.
    if (failures > 0 && !isRefused) return
    if (failures === 0) show.saving()
    later(Math.min(restMs, Math.max(0, firstChange + longestRestMs - Date.now())))
  }

  /** One at a time: each goes over the version that the one before it made. */
  async function save(isLeaving = false): Promise<boolean> {
    while (running) await running
    clearTimeout(timer)
    if (isConflict || isEnded) return false
    const fields = fieldsOf(form)
    if (!isOpen()) return true
    if (isBlank(fields) && !form.dataset.post) {
      dropCopy(placeOf(form))
      return true
    }
    firstChange = 0
    running = send(fields, isLeaving).finally(() => (running = undefined))
    return await running
  }

  async function send(fields: Fields, isLeaving: boolean): Promise<boolean> {
    const written = writtenIn(fields)
    const body = new URLSearchParams(fields).toString()
    let response: Response
    let answer: Answer
    try {
      response = await fetch(form.dataset.autosave ?? '', {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body,
        keepalive: isLeaving && body.length < mostOnLeaving,
        signal: AbortSignal.timeout(answerMs),
      })
      answer = (await response.json()) as Answer
    } catch {
      unanswered = [...unanswered.slice(-20), textOf(fields)]
      return fail(words.notSavedNoAnswer)
    }
    isAway = false
    if (response.status !== 401) signedOut.end()
    if (response.ok) return accept(answer, written)
    if (response.status === 409 && answer.saved) return await meet(answer, answer.saved)
    isAway = response.status === 401
    if (isAway) {
      refuse(words.notSavedSignedOut, { text: words.signIn, href: form.dataset.signIn ?? '' })
      signedOut.wait()
      return false
    }
    if (response.status >= 500) {
      unanswered = [...unanswered.slice(-20), textOf(fields)]
      if (answer.error?.kind === 'busy') return fail(words.notSavedBusy)
      return fail(response.status === 503 ? words.notSavedDatabase : words.notSavedWrong)
    }
    return refuse(answer.error ? notSavedFor(answer.error.message) : words.notSavedNotTaken)
  }

  function accept(answer: Answer, written: string): true {
    adopt(answer, answer.version)
    if (form.dataset.dated) form.dataset.draft = 'yes'
    acknowledged = written
    unanswered = []
    failures = 0
    isRefused = false
    if (isOpen()) {
      keep()
      changed()
    } else {
      dropCopy(placeOf(form))
      show.saved()
    }
    channel?.postMessage({ post: form.dataset.post, version: answer.version })
    return true
  }

  /** The server has another version. It may be our own, whose answer got lost on the way. */
  async function meet(answer: Answer, saved: NonNullable<Answer['saved']>): Promise<boolean> {
    const isOurs = unanswered.includes(`${saved.title.trim()}\n${lines(saved.body)}`)
    adopt(answer, isOurs ? saved.version : undefined)
    if (isOurs) return await send(fieldsOf(form), false)
    isConflict = true
    keep()
    const sentence = answer.error?.message
    show.trouble(sentence ? filled(words.notSavedConflict, { sentence }) : words.somebodySaved, {
      text: words.lookAtBoth,
      act: () => submitTo(form.dataset.comparison ?? '', fieldsOf(form)),
    })
    return false
  }

  /** After the first save the form is that of a post, and so is the page's address. */
  function adopt(answer: Answer, version: number | undefined): void {
    if (answer.action && answer.addresses) {
      dropCopy(placeOf(form))
      form.dataset.post = String(answer.id)
      form.action = answer.action
      for (const [name, address] of Object.entries(answer.addresses)) form.setAttribute(name, address)
      history.replaceState(history.state, '', answer.action)
    }
    if (version !== undefined) setHidden(form, 'version', String(version))
  }

  /** Passes by itself, so it is tried again. */
  function fail(sentence: string): false {
    failures++
    isAway = true
    isRefused = false
    keep()
    show.trouble([sentence, whereKept(), words.tryingAgain].join(' '), { text: words.tryNow, act: () => void save() })
    later(Math.min(1000 * 2 ** (failures - 1), longestRetryMs))
    return false
  }

  /** Somebody has to do something first; it is tried again now and then, and when the page is looked at again. */
  function refuse(sentence: string, link?: { text: string; href: string }): false {
    failures++
    isRefused = true
    keep()
    show.trouble(`${sentence} ${whereKept()}`, link)
    later(longestRetryMs)
    return false
  }

  function whereKept(): string {
    return isKept ? words.keptHere : words.notKept
  }

  function leave(): void {
    if (isEnded) return
    keep()
    if (isOpen() && !isConflict) void save(true)
  }

  addEventListener('pagehide', leave)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') leave()
    else if (isOpen()) void save()
    else void look()
  })
  addEventListener('online', () => void save())
  addEventListener('focus', () => failures > 0 && void save())
  addEventListener('beforeunload', (event) => {
    if (!isKept && isOpen() && !isEnded) event.preventDefault()
  })
  channel?.addEventListener('message', ({ data }: MessageEvent<{ post?: string; version: number }>) => {
    if (data.post !== undefined && data.post === form.dataset.post) notice(data.version, words.newerInTab)
  })

  /** Somebody else may have saved while nobody looked at this page. */
  async function look(): Promise<void> {
    if (!form.dataset.post || isConflict) return
    try {
      const response = await fetch(form.dataset.autosave ?? '', { headers: { accept: 'application/json' } })
      if (response.ok) notice(((await response.json()) as Answer).version, words.newer)
    } catch {}
  }

  function notice(version: number, sentence: string): void {
    if (version <= Number(valueOf(fieldsOf(form), 'version')) || isOpen()) return
    show.trouble(sentence, {
      text: words.load,
      act: () => location.assign(form.action),
    })
  }

  if (isConflict) show.trouble(words.chooseVersion)
  else if (isUnsaved) changed()
  else if (form.dataset.post) show.saved()
  if (isUnsaved) keep()

  return {
    changed,
    save: () => save(),
    isOpen,
    isAway: () => isAway,
    choose: () => (isConflict = false),
    end: () => {
      isEnded = true
      signedOut.end()
      clearTimeout(timer)
      clearTimeout(copyTimer)
    },
  }
}

/** What the blog says of it is a sentence of its own, which goes on in small letters in English. */
function notSavedFor(sentence: string): string {
  const reason = sentence.replace(/\.$/, '')
  const first = reason.slice(0, 1)
  const small = words.language === 'en' ? first.toLowerCase() : first
  return filled(words.notSavedFor, { reason: `${small}${reason.slice(1)}` })
}

/** Whose text, and of which post: local copies are found by it. */
export function placeOf(form: HTMLFormElement): string {
  const { who, post } = form.dataset
  return `bloggy:${who}:${post ?? `new:${valueOf(fieldsOf(form), 'submission_key')}`}`
}

function textOf(fields: Fields): string {
  return `${valueOf(fields, 'title').trim()}\n${valueOf(fields, 'body')}`
}
