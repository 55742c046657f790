// The floor of a start: the same Node, the same PostgreSQL on the same kind of folder, one connection, one statement, node:http.
import { createServer } from 'node:http'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { connect } from '../src/db/pool.ts'
import { floorLimits } from './shape.ts'

const [folder = '', port = ''] = process.argv.slice(2)
const server = await startEmbedded(folder)
const sql = connect(server.target, floorLimits, 1)
const listening = createServer(async (_, response) => {
  await sql`select title from posts order by published_at desc limit 20`
  response.end('ready')
}).listen(Number(port), '127.0.0.1')
process.once('SIGTERM', async () => {
  listening.close()
  await sql.end()
  await server.stop()
  process.exit()
})
