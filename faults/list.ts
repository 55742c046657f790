// Every fault, in the order of its number, and those of the short form.
import { absentAtStart, silentNetwork } from './cases/absent-postgres.ts'
import { blocked, uncaught } from './cases/bugs.ts'
import { backupUnderLoad, cutUpload, deafListener, objectStoreDown, wrongClock } from './cases/by-tests.ts'
import { exhaustedPool, noConnectionLeft, slowStatement, undone } from './cases/connections.ts'
import { dataDiskFull, logDiskFull, mediaDiskFull } from './cases/disks.ts'
import { killedAtRandom, killedBeforeAnswer, killedBeforeJob } from './cases/killed-bloggy.ts'
import { killedBackend, killedPostmaster, restartedPostgres } from './cases/killed-postgres.ts'
import { dueWhileDown, killedAtMail, mailServerDown } from './cases/mail.ts'
import { littleMemory } from './cases/memory.ts'
import { fiftyMigrate, killedMigration, lockedTable, otherSchema } from './cases/migrations.ts'
import { toTheMoment } from './cases/moments.ts'
import { rollingRestart, stoppedAtWork, toldTwice } from './cases/restarts.ts'
import { burst, slowLines } from './cases/strangers.ts'
import { oldPrimary, promoted, replicaKilled, replicaLag } from './cases/standbys.ts'
import { stepBack, twoVersions } from './cases/versions.ts'
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
  objectStoreDown,
  promoted,
  oldPrimary,
  replicaLag,
  replicaKilled,
  undone,
  killedMigration,
  fiftyMigrate,
  lockedTable,
  twoVersions,
  otherSchema,
  stepBack,
  rollingRestart,
  stoppedAtWork,
  toldTwice,
  burst,
  slowLines,
  cutUpload,
  killedAtMail,
  mailServerDown,
  dueWhileDown,
  wrongClock,
  deafListener,
  blocked,
  littleMemory,
  uncaught,
  backupUnderLoad,
  toTheMoment,
]

/** By number. */
export const shortOnes = ['1', '2', '4', '5', '7']
