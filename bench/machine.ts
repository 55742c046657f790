// What else the machine does, and what a process of ours takes. Reads /proc, so it says nothing elsewhere than on Linux.
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** CPU seconds of the whole machine, and those of this process and all that descend from it. */
type CpuSeconds = { all: number; ours: number }

// Of one core. A desktop that does nothing takes a few hundredths.
const idleShare = 0.15
const sampleMs = 2000

/** Waits until little else runs, for so many seconds at most. */
export async function waitForQuiet(patienceSeconds: number, say: (line: string) => void, signal?: AbortSignal) {
  const end = performance.now() + patienceSeconds * 1000
  for (let told = false; performance.now() < end; told = true) {
    const foreign = startForeignCpu()
    await sleep(sampleMs, undefined, { signal })
    const share = foreign()
    if (share === undefined || share < idleShare) return
    if (!told) say(`The machine is busy with other things (${share.toFixed(1)} cores); waiting until they pause.`)
  }
  if (patienceSeconds > 0) say('The machine does not come to rest; going on.')
}

/** Call the answer for how many cores other programs took since. */
export function startForeignCpu(): () => number | undefined {
  const before = cpuSeconds()
  const begun = performance.now()
  return () => {
    const after = cpuSeconds()
    if (!before || !after) return undefined
    const foreign = after.all - before.all - (after.ours - before.ours)
    return Math.max(0, foreign / ((performance.now() - begun) / 1000))
  }
}

/**
 * The most memory a process ever had at once, as the kernel counts it (VmHWM). It only rises, so looking at it every
 * few milliseconds until the process is gone loses no peak but what the last moment adds.
 */
export function watchPeak(pid: number): () => number | undefined {
  let kilobytes: number | undefined
  const look = () => {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]
    if (found) kilobytes = Number(found)
  }
  const timer = setInterval(look, 20)
  return () => {
    clearInterval(timer)
    return kilobytes === undefined ? undefined : kilobytes * 1024
  }
}

export function loadAverage(): string {
  return read('/proc/loadavg').split(' ').slice(0, 3).join(' ')
}

/** Call the answer for the seconds of processor time that what this process started took since. */
export function startChildrenCpu(): () => number {
  const own = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6
  const [before, ownBefore] = [oursInTicks() / ticks, own()]
  return () => Math.max(0, oursInTicks() / ticks - before - (own() - ownBefore))
}

function cpuSeconds(): CpuSeconds | undefined {
  const first = read('/proc/stat').split('\n')[0]?.split(/\s+/).slice(1).map(Number)
  if (!first || first.length < 8) return undefined
  // The last one is what the host of a virtual machine gave to others.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = first
  return { all: (user + nice + system + irq + softirq + stolen) / ticks, ours: oursInTicks() / ticks }
}

/** A process that ended and was waited for counts with its parent. */
function oursInTicks(): number {
  const processes = new Map<number, { parent: number; time: number }>()
  for (const name of readdirSync('/proc')) {
    const fields =
      /^\d/.test(name) &&
      read(`/proc/${name}/stat`)
        .replace(/^.*\) /s, '')
        .split(' ')
    if (!fields || fields.length < 15) continue
    const times = fields.slice(11, 15).map(Number)
    processes.set(Number(name), { parent: Number(fields[1]), time: times.reduce((sum, time) => sum + time, 0) })
  }
  const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && isOurs(processes.get(pid)?.parent ?? 0))
  return [...processes].reduce((sum, [pid, { time }]) => (isOurs(pid) ? sum + time : sum), 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** USER_HZ, which is 100 wherever Node runs on Linux. */
const ticks = 100
