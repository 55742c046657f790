// The old blog at work: does one thing to the SQLite file named on the command line, to be stopped or killed.
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

const [mode = '', path = ''] = process.argv.slice(2)
const db = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 10_000 })
let isStopped = false
process.on('SIGTERM', () => (isStopped = true))

const comment = `insert into comments (text, date, user, post) values (?, '2025-10-20 12:00:00', null, 1)`

const modes: Record<string, () => unknown> = {
  /** Holds a transaction that nobody else may write beside, and that readers do not notice. */
  'open transaction': () => {
    db.exec('begin immediate')
    db.prepare(comment).run('Never committed')
  },
  /** Holds one that nobody may even read beside, unless the file is in WAL mode. */
  'exclusive transaction': () => {
    db.exec('begin exclusive')
    db.prepare(comment).run('Never committed')
  },
  /** Overwrites pages of the file before it commits, so that the journal is needed to get them back. */
  'spilled transaction': () => {
    db.exec(
      'pragma journal_mode = delete; pragma synchronous = full; pragma cache_size = 5; pragma cache_spill = 5; begin',
    )
    db.exec(`update posts set text = 'Overwritten. ' || text, title = 'Half done'`)
    db.exec(`delete from comments where id % 2 = 0`)
  },
  /** Commits into the -wal and never lets it be folded into the file. */
  'open WAL': () => {
    db.exec('pragma journal_mode = wal; pragma wal_autocheckpoint = 0')
    for (const text of ['One in the WAL', 'Two in the WAL', 'Three in the WAL']) db.prepare(comment).run(text)
    db.exec(`update posts set title = 'Changed in the WAL' where id = 1`)
  },
  /** Adds a comment every few milliseconds, each in a transaction of its own. */
  'steady writes': async () => {
    const add = db.prepare(comment)
    for (let count = 1; !isStopped; count++) {
      add.run(`Comment ${count} of a busy day`)
      if (count === 1) console.log('begun')
      await sleep(2)
    }
    db.close()
    process.exit(0)
  },
}

const work = modes[mode]
if (!work) throw new Error(`There is no mode ${mode}.`)
await work()
console.log('begun')
while (!isStopped) await sleep(20)
process.exit(0)
