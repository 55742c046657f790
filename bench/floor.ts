// What the machine can do at most with the same queries: node:http, postgres.js, ready strings of the same size. It renders
// nothing, escapes nothing, logs nothing and checks nothing.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { deserialize } from 'node:v8'
import { parseConnectionString } from '../src/db/connection-string.ts'
import { connect } from '../src/db/pool.ts'
import { floorLimits } from './shape.ts'
import type { Statement, Step } from './statements.ts'
import { writeFloor } from './write-floor.ts'

export type FloorPages = [url: string, page: { bytes: number; type: string; steps: Step[] }][]

const [url = '', file = '', port = ''] = process.argv.slice(2)
// As many of each kind as Bloggy has.
const target = parseConnectionString(url)
const reader = connect(target, floorLimits, 4)
const writer = connect(target, floorLimits, 10)
const searcher = connect(target, floorLimits, 3, { connection: { plan_cache_mode: 'force_generic_plan' } })
const connections = { reader, writer, searcher }
const pages = new Map(
  (deserialize(readFileSync(file)) as FloorPages).map(([url, { bytes, type, steps }]) => {
    return [url, { text: 'x'.repeat(bytes), type, steps }]
  }),
)
const write = writeFloor(writer)

createServer(async (request, response) => {
  try {
    if (request.method === 'POST') return await write(request, response)
    const page = pages.get(request.url ?? '')
    for (const step of page?.steps ?? []) await Promise.all(step.map(send))
    response.writeHead(200, { 'content-type': page?.type ?? 'text/plain' })
    response.end(page?.text ?? 'ready')
  } catch (error) {
    console.error(error)
    response.writeHead(500).end()
  }
}).listen(Number(port), '127.0.0.1', 2048)

function send({ text, values, on }: Statement) {
  return connections[on].unsafe(text, values.map(ofOne) as never[], { prepare: true })
}

/** What Bloggy counts by network is another row for each visitor, or all would wait for one. */
function ofOne(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('search:') ? `search:${Math.random()}` : value
}
