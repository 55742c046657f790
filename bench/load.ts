import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { runProgram } from './program.ts'

export type Load = {
  url: string
  connections: number
  seconds: number
  headers?: Record<string, string>
  /** Each request comes from a network of its own, which a blog that trusts this machine as a proxy believes. */
  fromEverywhere?: { folder: string }
  signal?: AbortSignal
}

/** Answers a second. Any error or wrong status ends the run: a fast error page is not speed. */
export async function measure(load: Load): Promise<number> {
  return generator === 'wrk' ? await byWrk(load) : await byAutocannon(load)
}

export const generator = spawnSync('wrk', ['-v']).error ? 'autocannon' : 'wrk'

async function byWrk({ url, connections, seconds, headers = {}, fromEverywhere, signal }: Load): Promise<number> {
  const more = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  if (fromEverywhere) more.push('-s', scriptIn(fromEverywhere.folder))
  const words = ['-t1', `-c${connections}`, `-d${seconds}s`, ...more, url]
  const text = await runProgram(...onOneCore('wrk', words), { signal: signal ?? new AbortController().signal }).ended
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`${url} failed under load:\n${text}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1])
}

/** Else the kernel puts it beside whom it asks at times, and each waits for the other. */
function onOneCore(program: string, words: string[]): [program: string, words: string[]] {
  return hasTaskset ? ['taskset', ['-c', '1', program, ...words]] : [program, words]
}

const hasTaskset = availableParallelism() > 1 && spawnSync('taskset', ['-c', '1', 'true']).status === 0

function scriptIn(folder: string): string {
  const path = join(folder, 'from-everywhere.lua')
  const address = `'10.' .. math.random(0, 255) .. '.' .. math.random(0, 255) .. '.' .. math.random(0, 255)`
  writeFileSync(path, `function request()\n  wrk.headers['x-forwarded-for'] = ${address}\n  return wrk.format()\nend\n`)
  return path
}

async function byAutocannon({ url, connections, seconds, headers = {}, fromEverywhere }: Load): Promise<number> {
  const setupRequest = (request: autocannon.Request) => {
    const parts = Array.from({ length: 3 }, () => Math.floor(Math.random() * 256))
    return { ...request, headers: { ...request.headers, 'x-forwarded-for': `10.${parts.join('.')}` } }
  }
  const requests = fromEverywhere ? { requests: [{ setupRequest }] } : {}
  const result = await autocannon({ url, connections, duration: seconds, headers, ...requests })
  const wrong = result['4xx'] + result['5xx']
  if (wrong > 0 || result.errors > 0)
    throw new Error(`${url} failed under load: ${wrong} wrong, ${result.errors} errors`)
  return result.requests.average
}
