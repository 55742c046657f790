import { execFileSync, spawnSync } from 'node:child_process'
import autocannon from 'autocannon'

export type Load = { url: string; connections: number; seconds: number }

/** Answers a second. Any error or wrong status ends the run: a fast error page is not speed. */
export async function measure({ url, connections, seconds }: Load): Promise<number> {
  return generator === 'wrk' ? byWrk(url, connections, seconds) : await byAutocannon(url, connections, seconds)
}

export const generator = spawnSync('wrk', ['-v']).error ? 'autocannon' : 'wrk'

function byWrk(url: string, connections: number, seconds: number): number {
  const text = execFileSync('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, url], { encoding: 'utf8' })
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`${url} failed under load:\n${text}`)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1])
}

async function byAutocannon(url: string, connections: number, duration: number): Promise<number> {
  const result = await autocannon({ url, connections, duration })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url} failed under load: ${result.non2xx} wrong, ${result.errors} errors`)
  return result.requests.average
}
