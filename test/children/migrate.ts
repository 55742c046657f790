// Migrates the database named on the command line and says each step, to be killed on the way.
import { parseConnectionString } from '../../src/db/connection-string.ts'
import { migrate } from '../../src/db/migrate.ts'
import { testLimits } from '../database.ts'

console.log('begun')
await migrate(parseConnectionString(process.argv[2] ?? ''), testLimits, (name) => console.log(name))
