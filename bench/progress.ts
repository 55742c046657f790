// How far a run is and how long it takes yet, on standard error: one line that is written over on a terminal, else a line a minute.
export type Progress = {
  /** How long all of it takes, about; until then nothing is said of the time. */
  plan: (seconds: number) => void
  /** What happens now. */
  say: (what: string) => void
  /** So many of the planned seconds are over. */
  add: (seconds: number) => void
  /** A line that stays. */
  note: (line: string) => void
  end: () => void
}

const width = 24
const lineEveryMs = 60_000

export function newProgress(stream = process.stderr): Progress {
  let begun = performance.now()
  let planned = 0
  let done = 0
  let what = ''
  let written = -Infinity
  const show = () => {
    if (!stream.isTTY && performance.now() - written < lineEveryMs) return
    written = performance.now()
    const share = planned === 0 ? 0 : Math.min(1, done / planned)
    const spent = (performance.now() - begun) / 1000
    // Runs take longer than planned by what they need around them: what is over tells how much.
    const left = share < 0.03 ? planned * 1.3 - spent : (spent / share) * (1 - share)
    const bar = '#'.repeat(Math.round(share * width)).padEnd(width, '.')
    const line = `[${bar}] ${Math.floor(share * 100)} %, ${duration(left)} left: ${what}`
    stream.write(stream.isTTY ? `\r\x1b[K${line.slice(0, Math.max(40, (stream.columns ?? 80) - 1))}` : `${line}\n`)
  }
  const timer = setInterval(show, 1000).unref()
  const clear = () => void (stream.isTTY && stream.write('\r\x1b[K'))
  return {
    plan: (seconds) => {
      begun = performance.now()
      planned = seconds
    },
    say: (now) => {
      what = now
      show()
    },
    add: (seconds) => void (done += seconds),
    note: (line) => {
      clear()
      stream.write(`${line}\n`)
    },
    end: () => {
      clearInterval(timer)
      clear()
    },
  }
}

function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  return whole < 90 ? `${whole} s` : `${Math.round(whole / 60)} min`
}
