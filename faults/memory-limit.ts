// A limit of the system on the memory of a process and all it starts, what it keeps of files included: a control group, which
// only root makes.
import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type MemoryLimit = {
  /** Stands before the words of a program, which then runs within. */
  within: string[]
  /** The most that its processes held together, in bytes: what they share counts once. Looked at ten times a second. */
  peak: () => number
  /** How many processes the system killed for want of memory. */
  kills: () => number
  /** Once all its processes ended. */
  end: () => Promise<void>
}

const everyMs = 100
const places = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory']
/** Of version 2, and of version 1. */
const settings = [
  { limit: 'memory.max', swap: 'memory.swap.max', swapTo: () => '0' },
  { limit: 'memory.limit_in_bytes', swap: 'memory.memsw.limit_in_bytes', swapTo: String },
] as const

/** Undefined where no control group can be made. */
export function limitMemory(name: string, bytes: number): MemoryLimit | undefined {
  const group = makeGroup(`bloggy-faults-${process.pid}-${name}`, bytes)
  if (group === undefined) return undefined
  let most = 0
  const timer = setInterval(() => {
    const pids = read(join(group, 'cgroup.procs')).split('\n').filter(Boolean)
    const together = pids.reduce((sum, pid) => sum + shareOf(pid), 0)
    most = Math.max(most, together)
  }, everyMs)
  return {
    within: ['sh', '-c', `echo $$ > "${join(group, 'cgroup.procs')}" && exec "$@"`, 'sh'],
    peak: () => most,
    kills: () => {
      const said = read(join(group, 'memory.events')) + read(join(group, 'memory.oom_control'))
      return Number(/^oom_kill (\d+)/m.exec(said)?.[1] ?? NaN)
    },
    end: async () => {
      clearInterval(timer)
      for (let tries = 0; tries < 100; tries++, await sleep(50)) {
        try {
          return rmdirSync(group)
        } catch {
          // Its processes are not all gone.
        }
      }
    },
  }
}

function makeGroup(name: string, bytes: number): string | undefined {
  for (const place of places) {
    const group = join(place, name)
    try {
      mkdirSync(group)
    } catch {
      continue
    }
    // Elsewhere it is a folder like any other, or one without control of memory.
    const names = readdirSync(group)
    const found = settings.find(({ limit }) => names.includes(limit) && names.includes('cgroup.procs'))
    try {
      if (found) {
        writeFileSync(join(group, found.limit), String(bytes))
        // What is swapped out would be held to nothing.
        if (names.includes(found.swap)) writeFileSync(join(group, found.swap), found.swapTo(bytes))
        return group
      }
    } catch {
      // It may not be set.
    }
    rmdirSync(group)
  }
  return undefined
}

/** What a process holds, with its part of what it shares. */
function shareOf(pid: string): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
