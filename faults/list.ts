// Every fault, in the order of its number, and those of the short form.
import { absentAtStart, silentNetwork } from './cases/absent-postgres.ts'
import { killedAtRandom, killedBeforeAnswer, killedBeforeJob } from './cases/killed-bloggy.ts'
import { killedBackend, killedPostmaster, restartedPostgres } from './cases/killed-postgres.ts'
import { exhaustedPool, noConnectionLeft, slowStatement, undone } from './cases/connections.ts'
import { dataDiskFull, logDiskFull, mediaDiskFull } from './cases/disks.ts'
import type { Fault } from './fault.ts'

export const faults: Fault[] = [
  killedAtRandom,
  killedBeforeAnswer,
  killedBeforeJob,
  killedBackend,
  killedPostmaster,
  restartedPostgres,
  absentAtStart,
  silentNetwork,
  exhaustedPool,
  noConnectionLeft,
  slowStatement,
  dataDiskFull,
  logDiskFull,
  mediaDiskFull,
  undone,
]

/** By number. */
export const shortOnes = ['1', '2', '5', '7', '8']
