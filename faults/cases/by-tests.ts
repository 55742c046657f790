// What tests of the repository show already, and what is left.
import { byTest } from '../fault.ts'

export const objectStoreDown = byTest(
  {
    number: 15,
    name: 'object-store-down',
    what: 'the store of pictures does not answer',
    expected: 'pages go on, uploads say so and are taken later',
    seconds: 30,
  },
  ['src/media/stores.test.ts'],
)

export const cutUpload = byTest(
  {
    number: 32,
    name: 'upload-cut',
    what: 'uploads break off halfway, then one comes again',
    expected: 'nothing is left of them',
    seconds: 60,
  },
  ['src/media/uploads.test.ts', 'src/media/library.test.ts'],
)

export const wrongClock = byTest(
  {
    number: 36,
    name: 'wrong-clock',
    what: 'clocks that are hours apart, and moments that a zone leaves out or has twice',
    expected: 'the clock of PostgreSQL decides; nothing appears early or twice',
    seconds: 120,
  },
  ['src/schedules/'],
)

export const deafListener = byTest(
  {
    number: 37,
    name: 'deaf-listener',
    what: 'the connection that listens is lost, again and again; PgBouncer in transaction mode',
    expected: 'a look takes over within 5 seconds; no comment is lost',
    seconds: 90,
  },
  ['src/page-cache/outage.test.ts', 'src/live/live.test.ts', 'src/db/pgbouncer.slow.test.ts'],
)

export const backupUnderLoad = byTest(
  {
    number: 41,
    name: 'backup-under-load',
    what: 'a backup while everybody writes, restored into an empty server; damaged files',
    expected: 'rows, pictures and pages are equal; a damaged file is refused before anything is touched',
    seconds: 120,
  },
  ['src/commands/backup.test.ts'],
)
