// What the machine can do at most with the same queries: node:http, postgres.js, a ready string of the same size.
import { createServer } from 'node:http'
import { parseConnectionString } from '../src/db/connection-string.ts'
import { connect } from '../src/db/pool.ts'
import { aroundQuery, commentsQuery, floorLimits, frontQuery, postQuery } from './shape.ts'

const [url = '', port = '', slug = '', frontBytes = '', postBytes = ''] = process.argv.slice(2)
const sql = connect(parseConnectionString(url), floorLimits, 4)
const frontPage = 'x'.repeat(Number(frontBytes))
const postPage = 'x'.repeat(Number(postBytes))

createServer(async (request, response) => {
  const isFront = request.url === '/'
  if (isFront) {
    await sql.unsafe(frontQuery, [], { prepare: true })
  } else {
    const [post] = await sql.unsafe(postQuery, [slug], { prepare: true })
    const [id] = [post?.id]
    await Promise.all([commentsQuery, aroundQuery].map((query) => sql.unsafe(query, [id], { prepare: true })))
  }
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(isFront ? frontPage : postPage)
}).listen(Number(port), '127.0.0.1')
