// Comments that come while a post is open. Without this script the page is the same, and as old as it is.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

type Forms = Record<string, string>
type Words = { language: string; fresh: Forms; said: Forms; count: Forms; changed: string; lost: string }

// A server gives a sign of life every fifteen seconds.
const silenceMs = 40_000
const pollMs = 20_000
const mostAsked = 50

const list = document.querySelector<HTMLElement>('[data-live]')
if (list) follow(list)

function follow(list: HTMLElement): void {
  const { live: base = '', first, last } = list.dataset
  const words = JSON.parse(list.dataset.words ?? '') as Words
  const note = list.parentElement?.querySelector('.fresh') as HTMLElement
  const rules = new Intl.PluralRules(words.language)
  let since = list.dataset.since ?? ''
  let isOver = false
  let source: EventSource | undefined
  let timer = 0
  let failures = 0

  const say = (forms: Forms, count: number) =>
    (forms[count === 0 ? 0 : rules.select(count)] ?? forms.other ?? '').replace('#', String(count))
  const find = (id: string) => document.getElementById(`comment-${id}`)
  const later = (work: () => void, ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(work, ms) as unknown as number
  }

  // --- what is told ---

  const stop = () => {
    source?.close()
    source = undefined
    clearTimeout(timer)
  }

  const connect = () => {
    stop()
    if (isOver) return
    const opened = new EventSource(`${base}/live?after=${encodeURIComponent(since)}`)
    source = opened
    const heard = (event: MessageEvent<string>) => {
      since = event.lastEventId || since
      failures = 0
      // A connection may be dead without anybody saying so, after a sleep for instance.
      later(connect, silenceMs)
      told(event.data.split(' '))
    }
    later(connect, silenceMs)
    opened.addEventListener('message', heard)
    opened.addEventListener('reset', (event) => {
      heard(event as MessageEvent<string>)
      lose()
    })
    opened.addEventListener('error', () => {
      // Otherwise the browser comes back by itself.
      if (opened.readyState !== 2) return
      stop()
      pollLater()
    })
  }

  const pollLater = () => later(poll, pollMs * (1 + Math.random()) * 2 ** Math.min(failures, 4))

  let polls = 0
  const poll = async () => {
    const answer = await fetch(`${base}/changes?after=${encodeURIComponent(since)}`).catch(() => undefined)
    if (answer && answer.status >= 400 && answer.status < 500) return end()
    failures = answer?.ok ? 0 : failures + 1
    if (answer?.ok) {
      const { now, ids, isLost } = (await answer.json()) as { now: string; ids: number[]; isLost: boolean }
      since = now
      told(ids.map(String))
      if (isLost) lose()
    }
    // There may be room again.
    if (++polls % 5 === 0) connect()
    else pollLater()
  }

  const end = () => {
    isOver = true
    stop()
  }

  const wanted = new Set<string>()
  let isAsking = false

  const told = (ids: string[]) => {
    for (const id of ids) if (id) wanted.add(id)
    void ask()
  }

  /** One after the other, so that the newest answer about a comment is the last one. */
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    while (wanted.size > 0 && !isOver) {
      const ids = [...wanted].slice(0, mostAsked)
      for (const id of ids) wanted.delete(id)
      const answer = await fetch(`${base}/some?ids=${ids.join(',')}`).catch(() => undefined)
      const text = answer?.ok ? await answer.text().catch(() => undefined) : undefined
      if (text !== undefined) take(ids, text)
      else if (answer && answer.status >= 400 && answer.status < 500) end()
      else {
        for (const id of ids) wanted.add(id)
        await new Promise((resolve) => setTimeout(resolve, 3000 * (1 + Math.random())))
      }
    }
    isAsking = false
  }

  // --- what is shown ---

  const held = new Map<string, HTMLElement>()
  const isNew = (item: HTMLElement) => !find(item.id.slice(8))

  const take = (ids: string[], text: string) => {
    const found = new DOMParser().parseFromString(text, 'text/html')
    const fresh = new Map([...found.querySelectorAll<HTMLElement>('ol > li')].map((item) => [item.id, item]))
    let count = 0
    for (const id of [...fresh.keys()].map((key) => key.slice(8)))
      count += put(id, fresh.get(`comment-${id}`) as HTMLElement)
    for (const id of ids) if (!fresh.has(`comment-${id}`)) remove(id)
    tell(count)
  }

  /** Answers how many comments there are more. */
  const put = (id: string, item: HTMLElement, isWished = false): number => {
    held.delete(id)
    const old = find(id)
    if (old) {
      // The form of an answer stands in it.
      if (old.querySelector('form') || old.innerHTML === item.innerHTML) return 0
      if (!item.querySelector('.said')) empty(old, item)
      else if (isWished || !isDisturbing(old)) old.replaceWith(item)
      else held.set(id, item)
      return 0
    }
    const others = [...list.children] as HTMLElement[]
    const place = item.dataset.place ?? ''
    const next = others.find((other) => (other.dataset.place ?? '') > place)
    // It stands on another page.
    if ((next === others[0] && first === undefined) || (!next && last === undefined)) return 0
    // An answer does not come before what it answers; the place of that begins the place of the answer.
    const isHeldAbove = [...held.values()].some((other) => isNew(other) && place.startsWith(other.dataset.place ?? ' '))
    if (!isWished && (isHeldAbove || isDisturbing(next))) {
      held.set(id, item)
      return 0
    }
    list.insertBefore(item, next ?? null)
    return 1
  }

  const remove = (id: string) => {
    held.delete(id)
    const old = find(id)
    if (!old || old.querySelector('form')) return
    if (isDisturbing(old)) empty(old)
    else old.remove()
  }

  /** At once, whoever reads it; but nothing else moves. */
  const empty = (old: HTMLElement, item?: HTMLElement) => {
    if (isDisturbing(old)) old.style.minHeight = `${old.offsetHeight}px`
    old.replaceChildren(...(item?.childNodes ?? []))
  }

  /** True where a change would move what somebody reads or types. Whoever is at the top of the page reads nothing yet. */
  const isDisturbing = (at: HTMLElement | undefined): boolean => {
    const areas = document.querySelectorAll<HTMLTextAreaElement>('.comments textarea')
    for (const area of areas) if (area === document.activeElement || area.value !== area.defaultValue) return true
    const top = at ? at.getBoundingClientRect().top : list.getBoundingClientRect().bottom
    return scrollY > 0 && top < innerHeight
  }

  const show = () => {
    const [target] = [...held.values()].toSorted((one, other) => Number(isNew(other)) - Number(isNew(one)))
    for (const [id, item] of held) put(id, item, true)
    tell(0)
    if (!target) return
    target.tabIndex = -1
    target.focus()
  }

  let isLost = false
  const lose = () => {
    isLost = true
    tell(0)
  }

  /** Says politely how many came, or offers those that wait. */
  const tell = (count: number) => {
    if (list.children.length > 0) list.parentElement?.querySelector('[data-none]')?.remove()
    const heading = document.querySelector('#comments[data-whole]')
    if (heading) {
      const shown = list.querySelectorAll(':scope > li:not(:has(> .notice)) > .said').length
      heading.textContent = say(words.count, shown)
    }
    const waiting = [...held.keys()].filter((id) => !find(id)).length
    if (isLost || held.size > 0) {
      const text = isLost ? words.lost : waiting > 0 ? say(words.fresh, waiting) : words.changed
      if (note.textContent === text) return
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = text
      button.addEventListener('click', isLost ? () => location.reload() : show)
      note.replaceChildren(button)
    } else {
      const line = document.createElement('span')
      line.textContent = count > 0 ? say(words.said, count) : ''
      if (count > 0 || note.querySelector('button')) note.replaceChildren(line)
    }
  }

  // A page in the background holds no connection; a browser has six for a blog.
  const settle = () => {
    if (document.hidden) stop()
    else if (!source) connect()
  }
  document.addEventListener('visibilitychange', settle)
  addEventListener('pagehide', stop)
  addEventListener('pageshow', settle)
  settle()
}
