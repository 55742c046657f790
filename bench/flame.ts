// A profile of V8 as a picture: one page without anything from elsewhere, wide where time was spent.
import { findWritten } from '../src/html/joined-program.ts'

export type CpuProfile = {
  nodes: { id: number; callFrame: Frame; children?: number[] }[]
  samples: number[]
}
type Frame = { functionName: string; url: string; lineNumber: number; columnNumber: number }
type Bar = { name: string; self: number; total: number; children: Map<string, Bar> }

const shortest = 0.0005
const rowHeight = 18

/** Bloggy runs joined: its functions are named by the files they were written in. */
export function asWritten(profile: CpuProfile): CpuProfile {
  const nodes = profile.nodes.map((node) => {
    const { url, lineNumber, columnNumber } = node.callFrame
    const written = url.startsWith('file:') ? findWritten(url, lineNumber + 1, columnNumber + 1) : undefined
    if (!written) return node
    const place = { url: written.url, lineNumber: written.line - 1, columnNumber: written.column - 1 }
    return { ...node, callFrame: { ...node.callFrame, ...place } }
  })
  return { ...profile, nodes }
}

/** By what each function did itself, the most first. */
export function selfTimes(profile: CpuProfile): { name: string; share: number }[] {
  const times = timesOf(profile)
  const byName = new Map<string, number>()
  for (const node of profile.nodes) {
    const name = nameOf(node.callFrame)
    byName.set(name, (byName.get(name) ?? 0) + (times.get(node.id) ?? 0))
  }
  const busy = [...byName].filter(([name]) => !idle.has(name))
  const all = busy.reduce((sum, [, time]) => sum + time, 0) || 1
  return busy.map(([name, time]) => ({ name, share: time / all })).toSorted((a, b) => b.share - a.share)
}

export function flameGraph(profile: CpuProfile, title: string): string {
  const root = treeOf(profile)
  const rows: string[] = []
  let deepest = 0
  const draw = (bar: Bar, left: number, depth: number) => {
    const share = bar.total / (root.total || 1)
    if (share < shortest) return
    deepest = Math.max(deepest, depth)
    const about = `${bar.name}: ${(share * 100).toFixed(1)} %, itself ${((bar.self / (root.total || 1)) * 100).toFixed(1)} %`
    rows.push(
      `<i style="left:${(left * 100).toFixed(3)}%;width:${(share * 100).toFixed(3)}%;top:${depth * rowHeight}px;` +
        `background:hsl(${hueOf(bar.name)} 70% 78%)" title="${escaped(about)}">${escaped(bar.name)}</i>`,
    )
    let at = left
    for (const child of [...bar.children.values()].toSorted((a, b) => b.total - a.total)) {
      draw(child, at, depth + 1)
      at += child.total / (root.total || 1)
    }
  }
  draw(root, 0, 0)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<style>
body { font: 12px/1.3 system-ui, sans-serif; margin: 1rem }
div { position: relative; height: ${(deepest + 1) * rowHeight}px }
i { position: absolute; box-sizing: border-box; height: ${rowHeight - 1}px; overflow: hidden; white-space: nowrap;
  font-style: normal; color: #111; border-left: 1px solid #fff; padding: 1px 2px }
i:hover { outline: 1px solid #111 }
</style>
<h1>${escaped(title)}</h1>
<p>Wider is more time; what a function called is below it. Point at one for its figures.</p>
<div>
${rows.join('\n')}
</div>
`
}

function treeOf(profile: CpuProfile): Bar {
  const times = timesOf(profile)
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const [first] = profile.nodes
  const newBar = (name: string): Bar => ({ name, self: 0, total: 0, children: new Map() })
  const root = newBar('all')
  // Calls of one function from one place are one bar, however often V8 counts it anew.
  const add = (id: number, into: Bar): number => {
    const node = byId.get(id)
    if (!node) return 0
    const name = nameOf(node.callFrame)
    if (idle.has(name)) return 0
    const bar = into.children.get(name) ?? newBar(name)
    into.children.set(name, bar)
    const self = times.get(id) ?? 0
    const total = (node.children ?? []).reduce((sum, child) => sum + add(child, bar), self)
    bar.self += self
    bar.total += total
    return total
  }
  for (const child of first?.children ?? []) root.total += add(child, root)
  return root
}

/** By samples and not by what lies between them: a thread that another program pushed aside did nothing meanwhile. */
function timesOf({ samples }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>()
  for (const id of samples) times.set(id, (times.get(id) ?? 0) + 1)
  return times
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const file = url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^\/.*\/(src|bench)\//, '$1/')
  return `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`
}

function hueOf(name: string): number {
  if (name.includes(' src/')) return 15
  if (name.startsWith('(')) return 280
  return name.includes(' node:') ? 200 : 90
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

const idle = new Set(['(idle)', '(root)'])
