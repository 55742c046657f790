import { type ImportReport, hasLeftovers } from '../report.ts'
import type { ImportResult, Source } from './import.ts'
import { plan } from './plan.ts'

export function makeReport(source: Source, result: ImportResult, isRehearsal: boolean): ImportReport {
  const { proof, progress } = result
  const tables = Object.entries(progress.tables).map(([name, { rows, counts }]) => ({
    name,
    target: plan.find((table) => table.source === name)?.target ?? null,
    rows,
    copied: counts.fates.copied ?? 0,
    changed: counts.fates.changed ?? 0,
    set_aside: counts.fates['set aside'] ?? 0,
    already_there: counts.fates['already there'] ?? 0,
    changes: counts.changes,
    kept_aside: counts.reasons,
  }))
  return {
    format: 'bloggy-import-report-1',
    import_id: isRehearsal ? null : result.importId,
    is_rehearsal: isRehearsal,
    continues: result.continuesId,
    was_resumed: result.wasResumed,
    result: hasLeftovers({ tables }) ? 'complete with leftovers' : 'complete',
    file: { name: source.name, bytes: source.bytes, family: source.family },
    finished_at: new Date().toISOString(),
    seconds: Math.round(Object.values(result.seconds).reduce((sum, part) => sum + part, 0) * 10) / 10,
    phases: Object.fromEntries(
      Object.entries(result.seconds).flatMap(([phase, seconds]) =>
        phase === 'done' ? [] : [[phase, Math.round(seconds * 1000) / 1000]],
      ),
    ),
    tables,
    proof: {
      is_equal: proof.tables.every(({ isEqual }) => isEqual),
      tables: proof.tables.map(({ table, compared, isEqual, columns }) => ({
        name: table,
        compared,
        is_equal: isEqual,
        columns,
      })),
      differences: proof.differences.map(({ table, key, what }) => ({ table, key, what })),
      more_differences: proof.differencesMore,
      pages: result.pages,
    },
  }
}
