// A Bloggy as far as PostgreSQL is concerned: starts the server of a data folder and stays until it is killed.
import { startEmbedded } from '../../src/db/embedded/server.ts'

const server = await startEmbedded(process.argv[2] ?? '')
console.log('ready')
process.on('SIGTERM', () => void server.stop())
await server.lost
