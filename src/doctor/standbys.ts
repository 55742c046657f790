// Servers that follow the one with the blog: whether they do, what is kept for them, and whether readers can ask them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import {
  hasApplied as hasAppliedNow,
  listSlots,
  listStandbys,
  readDelay,
  readLogPosition,
  readRole,
  readServer,
} from '../db/condition.ts'
import { limitsOf } from '../db/open.ts'
import { probe } from '../db/probe.ts'
import { StartError } from '../errors.ts'
import { type Database, type Told, count, named, notice, orOk, wrong } from './finding.ts'

export async function checkStandbys(around: Database): Promise<Told[]> {
  const found = [...(await checkReplication(around)), ...(await checkReplicas(around))]
  // That one sentence is in order says nothing beside another that is not.
  const amiss = found.filter(({ level }) => level !== 'ok')
  return amiss.length > 0 ? amiss : found
}

async function checkReplication({ sql }: Database): Promise<Told[]> {
  const server = await readServer(sql)
  if (server.is_standby) return await checkThisStandby(await readDelay(sql))
  const begun = await readLogPosition(sql)
  const [standbys, slots] = [await listStandbys(sql), await listSlots(sql)]
  const found: Told[] = []
  const unseen = standbys.filter(({ state }) => state === null).length
  if (unseen > 0)
    found.push(
      notice(
        `How far ${count(unseen, 'standby is', 'standbys are')} and whether ${unseen === 1 ? 'it streams' : 'they stream'}, this role may not see.`,
        await grantStats(sql),
      ),
    )
  // One that is there and cannot be looked at is no reason to go on without it.
  const streaming = standbys.filter(({ state }) => state === 'streaming' || state === null)
  if (server.synchronous_standbys !== '' && streaming.length === 0)
    found.push(
      wrong(
        `synchronous_standby_names is '${server.synchronous_standbys}' and no standby is there: every write waits for one.`,
        `Bring the standby back, or in SQL: alter system set synchronous_standby_names = ''; then reload.`,
      ),
    )
  for (const { name, state, behind_bytes, behind_seconds } of standbys) {
    if ((behind_seconds ?? 0) > 10 || (behind_bytes ?? 0) > 100e6)
      found.push(
        notice(
          `The standby ${name} is ${(behind_seconds ?? 0).toFixed(0)} seconds and ${megabytes(behind_bytes ?? 0)} behind.`,
          lookAtIt,
        ),
      )
    else if (state === 'streaming' && !(await hasApplied(sql, name, begun)))
      found.push(
        notice(
          `The standby ${name} has not applied in ${patienceMs / 1000} seconds what was written before.`,
          `In SQL, there: select pg_is_wal_replay_paused(), and pg_wal_replay_resume() if it is. ${lookAtIt}`,
        ),
      )
  }
  for (const { name, is_active, wal_status, held_bytes } of slots) {
    if (wal_status === 'lost')
      found.push(
        wrong(
          `The replication slot ${name} has lost what its standby needs.`,
          `Make that standby anew; then in SQL: select pg_drop_replication_slot('${name}')`,
        ),
      )
    else if (!is_active)
      found.push(
        ((held_bytes ?? 0) > 1e9 ? wrong : notice)(
          `Nobody reads the replication slot ${name}, and ${megabytes(held_bytes ?? 0)} of WAL are kept for it.`,
          `Start its standby, or in SQL: select pg_drop_replication_slot('${name}')`,
        ),
      )
  }
  if (standbys.length === 0) return orOk(found, 'There are no standbys, and no slots that hold anything back.')
  return orOk(
    found,
    `${count(standbys.length, 'standby', 'standbys')} with all there is: ${named(standbys.map(({ name }) => name))}.`,
  )
}

async function checkThisStandby(seconds: number | null): Promise<Told[]> {
  const words = 'DATABASE_URL leads to a standby, which takes no writes'
  return [
    wrong(
      `${words}${seconds === null ? '' : ` and is ${seconds.toFixed(0)} seconds behind`}.`,
      'Name the primary first, or add ?target_session_attrs=read-write to DATABASE_URL.',
    ),
  ]
}

/** What readers are to be answered by. Without one of them the primary answers, so nothing else would tell. */
async function checkReplicas({ config }: Database): Promise<Told[]> {
  const found: Told[] = []
  for (const target of config.databaseReplicaUrls ?? []) {
    const [address] = target.addresses
    const name = `The standby ${address?.host}:${address?.port} of DATABASE_REPLICA_URLS`
    try {
      const { isReadOnly } = await probe(target, { ...limitsOf(config), connectTimeoutSeconds: 2 })
      if (!isReadOnly) found.push(notice(`${name} is no standby.`, 'After a promotion that is in order.'))
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      found.push(wrong(`${name} answers no reader: ${error.message}`, 'Mend that, or take it out of the setting.'))
    }
  }
  const all = config.databaseReplicaUrls?.length ?? 0
  return all > 0 ? orOk(found, `${count(all, 'standby', 'standbys')} of DATABASE_REPLICA_URLS can be asked.`) : []
}

/** What lets a role see what others do. */
export async function grantStats(sql: Sql): Promise<string> {
  const { name } = await readRole(sql)
  return `SQL, as superuser: grant pg_read_all_stats to "${name}"; then ask again.`
}

const lookAtIt = 'Look at its disk, at the network, and for long queries on it.'
const patienceMs = 3000

async function hasApplied(sql: Sql, name: string, position: string): Promise<boolean> {
  for (const begun = performance.now(); ; await sleep(200)) {
    if (await hasAppliedNow(sql, name, position)) return true
    if (performance.now() - begun > patienceMs) return false
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
