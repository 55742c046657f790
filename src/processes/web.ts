// What answers requests.
import { setTimeout as sleep } from 'node:timers/promises'
import { trackConnections } from '../http/connections.ts'
import { type Listening, listen } from '../http/listen.ts'
import { measurePages } from '../page-cache/metrics.ts'
import { openPages } from '../page-cache/open.ts'
import { measureReplicas } from '../replicas/metrics.ts'
import { openNamedReplicas } from '../replicas/open.ts'
import { newAdminServer, newServer } from '../server.ts'
import type { Base } from './base.ts'
import type { Endings } from './endings.ts'
import { drainSeconds, quietSeconds, unusedSeconds } from './times.ts'

export type Web = {
  /**
   * Whoever asks is told not to come again, for as long as a balancer needs to hear of it. From then on nothing new is taken;
   * what is under way gets its time, and then the line is cut.
   */
  leave: () => Promise<void>
  /** Visitors notice nothing: another process has the port too. Settles when the last connection is gone. */
  leaveQuietly: () => Promise<void>
}

export async function startWeb(base: Base, endings: Endings, say: (line: string) => void): Promise<Web> {
  const { config, metrics } = base
  let isLeaving = false
  const replicas = openNamedReplicas(base)
  if (replicas) {
    endings.add(() => replicas.close())
    measureReplicas(metrics.registry, replicas)
  }
  const pages = openPages({ ...base, replicas })
  if (pages) {
    endings.add(() => pages.watch.close())
    measurePages(metrics.registry, pages.cache)
  }
  const parts = { ...base, ...(pages && { pages }), ...(replicas && { replicas }), isLeaving: () => isLeaving }
  const app = newServer(parts)
  const connections = trackConnections(app.server)
  let quietly: Promise<void> | undefined
  // Streams are ended by a hook before this one.
  app.addHook('preClose', async () => await quietly)
  endings.add(() => app.close())
  const ports: Listening[] = []
  endings.add(async () => ports.forEach((port) => port.stop()))
  ports.push(await listen(app, config.host, config.port))
  if (config.adminPort) {
    const admin = newAdminServer(parts, metrics)
    endings.add(() => admin.close())
    ports.push(await listen(admin, config.adminHost, config.adminPort))
  }
  const cutAfter = (seconds: number) => {
    const cut = () => {
      say(`Requests were still running after ${seconds} seconds; they are cut off.`)
      connections.closeAll()
    }
    const late = setTimeout(cut, seconds * 1000)
    endings.add(async () => clearTimeout(late))
  }
  return {
    leave: async () => {
      isLeaving = true
      if (config.stopDelaySeconds > 0) {
        connections.endAfterAnswer()
        await sleep(config.stopDelaySeconds * 1000)
      }
      connections.closeUnused()
      cutAfter(drainSeconds)
    },
    leaveQuietly: async () => {
      for (const port of ports) port.stop()
      cutAfter(quietSeconds)
      quietly = connections.drain(unusedSeconds * 1000)
      await app.close()
    },
  }
}
