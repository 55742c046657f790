// The figures for the terminal.
import { type Spread, range } from './figures.ts'
import type { Beside } from './others.ts'
import type { Row } from './turns.ts'

const titles: Record<string, string> = {
  cached: 'From memory, beside a bare node:http server that sends the same bytes',
  uncached: 'Made anew, beside node:http and postgres.js with the same statements and ready strings',
  latency: 'At a steady rate, each answer timed from the moment its request was planned for',
  writes: 'Writes, beside node:http and postgres.js with the same rows in one transaction each',
  start: 'A start with data that is there, beside Node and PostgreSQL alone',
  memory: 'Memory, beside a bare node:http server',
}

export function tableOf(rows: Row[]): string {
  const tables = [...new Set(rows.map(({ table }) => table))]
  return tables
    .map((table) => {
      const those = rows.filter((row) => row.table === table)
      return table === 'growth' ? growthTable(those) : oneTable(table, those)
    })
    .join('\n')
}

function growthTable(rows: Row[]): string {
  const widest = Math.max(...rows.map(({ name }) => name.length)) + 2
  const pair = (a: string, b: string, ratio: number) => `${`${a} → ${b}`.padStart(18)}${ratio.toFixed(2).padStart(7)}`
  const lines = rows.map((row) => {
    const [before, after] = [Number(row.more.small), Number(row.more.large)]
    const buffers = pair(String(row.floor?.median), String(row.bloggy.median), row.ratio?.median ?? 1)
    const times = pair(before.toFixed(1), after.toFixed(1), after / before)
    return `${row.name.padEnd(widest)}${buffers}${times}${`${row.foreign.toFixed(0)} %`.padStart(9)}${row.isKept ? '' : '  grows'}`
  })
  const head = `${'page'.padEnd(widest)}${'buffers'.padStart(18)}${'ratio'.padStart(7)}${'ms'.padStart(18)}${'ratio'.padStart(7)}${'others'.padStart(9)}`
  return `\nA small blog and a large one: pages made anew. At most 1.3 times the buffers, and six\n\n${head}\n${lines.join('\n')}`
}

function oneTable(table: string, rows: Row[]): string {
  const widest = Math.max(...rows.map(({ name }) => name.length)) + 2
  const head = `${table.padEnd(widest)}${'Bloggy'.padStart(26)}${'floor'.padStart(26)}${'ratio'.padStart(20)}${'others'.padStart(9)}  bar`
  const lines = rows.map((row) => {
    const figures = `${shown(row.bloggy).padStart(26)}${shown(row.floor).padStart(26)}${ratio(row.ratio).padStart(20)}`
    const foreign = `${row.foreign.toFixed(0)} %${row.isDisturbed ? ' !' : ''}`
    const more = Object.entries(row.more).map(
      ([name, value]) => `${name}: ${typeof value === 'number' ? rounded(value) : value}`,
    )
    const below = more.length > 0 ? `\n    ${more.join(', ')}` : ''
    return `${row.name.padEnd(widest)}${figures}${foreign.padStart(9)}  ${barOf(row)}${below}`
  })
  const units = [...new Set(rows.map(({ unit }) => unit))].join(', ')
  return `\n${titles[table] ?? table} (${units}; median, least to most)\n\n${head}\n${lines.join('\n')}`
}

export function besideTable({ source, about, rows }: { source: string; about: string; rows: Beside[] }): string {
  if (rows.length === 0) return ''
  const widest = Math.max(...rows.map(({ name }) => name.length)) + 2
  const head = `${'a second'.padEnd(widest)}${'Bloggy'.padStart(10)}${'Ghost'.padStart(10)}${'times'.padStart(8)}${'WordPress'.padStart(12)}${'times'.padStart(8)}  bar`
  const lines = rows.map(({ name, bloggy, ghost, timesGhost, wordpress, timesWordpress, bar, isKept }) => {
    const figures = [bloggy.toFixed(0).padStart(10), String(ghost).padStart(10), timesGhost.toFixed(0).padStart(8)]
    figures.push(String(wordpress).padStart(12), timesWordpress.toFixed(0).padStart(8))
    const wanted =
      bar &&
      `${bar.timesGhost} times${bar.timesWordpress === undefined ? ' Ghost' : ''}: ${isKept ? 'kept' : 'NOT KEPT'}`
    return `${name.padEnd(widest)}${figures.join('')}  ${wanted ?? ''}`
  })
  return `\nBeside Ghost and WordPress: ${source}.\n${about}\n\n${head}\n${lines.join('\n')}`
}

function barOf({ bar, isKept }: Row): string {
  if (!bar) return ''
  const limit = bar.least === undefined ? `at most ${bar.most}` : `at least ${bar.least}`
  return `${bar.of === 'ratio' ? 'ratio ' : ''}${limit}: ${isKept ? 'kept' : 'NOT KEPT'}`
}

function shown(figure: Spread | null): string {
  if (!figure) return ''
  return range(figure, figure.median < 10 ? 2 : figure.median < 100 ? 1 : 0)
}

function ratio(figure: Spread | null): string {
  return figure ? range(figure, 2) : ''
}

function rounded(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(1)
}
