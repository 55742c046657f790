// An import as the owner's programs see it.
import { Type } from 'typebox'
import { Id, Moment, field, orNull, resource } from '../api/resource.ts'
import { ImportReport } from '../import/report.ts'

const Name = orNull(Type.String())

export const Import = resource('Import', {
  id: field('owner', Id),
  source: field('owner', Type.String()),
  file_name: field('owner', Type.String()),
  file_bytes: field('owner', Type.Integer()),
  family: field('owner', Type.String(), 'Which of the older versions wrote the file.'),
  fingerprint: field('owner', Type.String()),
  state: field('owner', Type.String(), '`running`, `failed`, `complete` or `undone`.'),
  is_rehearsal: field('owner', Type.Boolean()),
  is_active: field('owner', Type.Boolean(), 'Whether a program works on it at this moment.'),
  continues_id: field('owner', orNull(Id), 'The first import of the same blog.'),
  started_by_name: field('owner', Name),
  started_at: field('owner', Moment),
  finished_at: field('owner', orNull(Moment)),
  error: field('owner', Name),
  report: field('owner', orNull(ImportReport), 'Of one import, not in lists.'),
})

export const Leftover = resource('ImportLeftover', {
  id: field('owner', Id),
  table: field('owner', Type.String(), 'Of the file.'),
  key: field('owner', Name, 'The id in the file, as text: it may be larger than programs tell apart.'),
  column: field('owner', Name),
  reason: field('owner', Type.String()),
  data: field('owner', Name, 'JSON, as text, so that no number is rounded. Null where it is too long for this answer.'),
  bytes: field('owner', Type.Integer(), 'What is stored of it, compressed.'),
})
