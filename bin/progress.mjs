// One line that tells what is going on: rewritten in place on a terminal, repeated every few seconds elsewhere.

/** `describe` is asked for the line; call the result to end it, with a last line or without. */
export function showProgress(describe) {
  const begun = Date.now()
  const isTerminal = Boolean(process.stderr.isTTY)
  const seconds = () => `${Math.round((Date.now() - begun) / 1000)} s`
  const show = () =>
    process.stderr.write(isTerminal ? `\r\x1b[K${describe()}, ${seconds()}` : `${describe()}, ${seconds()}\n`)
  show()
  const timer = setInterval(show, isTerminal ? 500 : 5000)
  return (last) => {
    clearInterval(timer)
    if (isTerminal) process.stderr.write('\r\x1b[K')
    if (last) process.stderr.write(`${last}, ${seconds()}\n`)
  }
}
