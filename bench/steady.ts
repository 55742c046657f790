// So many requests a second, whether the answers keep up or not, each timed from the moment it was planned for: a server
// that stands still for a second shows in all that would have come meanwhile.
import { Agent, get } from 'node:http'

export type Latency = { sent: number; p50: number; p99: number; most: number }

const mostConnections = 256

export async function steady(url: string, ratePerSecond: number, seconds: number): Promise<Latency> {
  const agent = new Agent({ keepAlive: true, maxSockets: mostConnections })
  const total = Math.max(1, Math.round(ratePerSecond * seconds))
  const begun = performance.now() + 20
  const answers: Promise<number>[] = []
  await new Promise<void>((resolve) => {
    const send = () => {
      for (; answers.length < total;) {
        const planned = begun + (answers.length * 1000) / ratePerSecond
        const wait = planned - performance.now()
        if (wait > 0) return void setTimeout(send, wait)
        answers.push(ask(url, agent, planned))
      }
      resolve()
    }
    send()
  })
  const times = (await Promise.all(answers)).toSorted((a, b) => a - b)
  agent.destroy()
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { sent: times.length, p50: at(0.5), p99: at(0.99), most: at(1) }
}

function ask(url: string, agent: Agent, planned: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: 30_000 }, (response) => {
      response.resume()
      response.once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - planned)
        else reject(new Error(`${url} answered ${response.statusCode} under a steady load.`))
      })
    })
    request.once('timeout', () => request.destroy(new Error(`${url} was not answered for 30 seconds.`)))
    request.once('error', reject)
  })
}
