import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { type Size, fileOf } from '../media/media.ts'
import type { Logo } from './look.ts'
import { type Theme, defaultTheme, storedTheme } from './theme.ts'

/** How many saves can be had back. */
export const keptVersions = 20
const mostLogos = 100

/** 0 is the look that Bloggy comes with; undefined for one that is not kept any more. */
export async function findTheme(db: Db, number: number): Promise<Theme | undefined> {
  if (number === 0) return defaultTheme
  const row = await db
    .selectFrom('theme_versions')
    .select(sql<Partial<Theme>>`theme`.as('theme'))
    .where('number', '=', number)
    .executeTakeFirst()
  return row && storedTheme(row.theme)
}

/** Newest first. */
export async function listThemes(db: Db) {
  return await db
    .selectFrom('theme_versions')
    .leftJoin('users', 'users.id', 'theme_versions.created_by')
    .select(['theme_versions.number', 'theme_versions.created_at', 'users.name as by_name'])
    .select(sql<string>`theme ->> 'name'`.as('name'))
    .orderBy('theme_versions.number', 'desc')
    .limit(keptVersions)
    .execute()
}
export type ListedTheme = Awaited<ReturnType<typeof listThemes>>[number]

/**
 * The number it got, or undefined when somebody else saved since `number` was shown. A logo that is not in the library
 * any more is left out of the pages, and stays in the theme.
 */
export async function saveTheme(
  db: Db,
  number: number,
  theme: Theme,
  actor: Actor,
  deed: { action: 'theme.saved' | 'theme.restored'; of?: number },
): Promise<number | undefined> {
  return await db.transaction().execute(async (db) => {
    const logo = theme.logo
      ? await db.selectFrom('media').select('id').where('key', '=', theme.logo).forKeyShare().executeTakeFirst()
      : undefined
    const row = await db
      .updateTable('settings')
      .set({ theme_number: sql`theme_number + 1`, logo_id: logo?.id ?? null })
      .where('theme_number', '=', number)
      .returning('theme_number')
      .executeTakeFirst()
    if (!row) return undefined
    const values = {
      number: row.theme_number,
      theme: sql<string>`${JSON.stringify(theme)}::text::jsonb`,
      created_by: actor.id,
    }
    await db.insertInto('theme_versions').values(values).execute()
    await db
      .deleteFrom('theme_versions')
      .where('number', '<=', row.theme_number - keptVersions)
      .execute()
    await recordEvent(db, {
      action: deed.action,
      actor_id: actor.id,
      client_ip: actor.ip,
      description: theme.name,
      details: { number: row.theme_number, ...(deed.of !== undefined && { of: deed.of }) },
    })
    return row.theme_number
  })
}

/** A picture of the library by its id or its key, as the header shows it. */
export async function findLogo(db: Db, which: { id: number } | { key: string }): Promise<Logo | undefined> {
  const query = db
    .selectFrom('media')
    .innerJoin('media_files', 'media_files.id', 'media.files_id')
    .select(['media.id', 'media.alt', 'media_files.place', 'media_files.width', 'media_files.height'])
    .select(sql<Size[]>`media_files.sizes`.as('sizes'))
  const row = await (
    'id' in which ? query.where('media.id', '=', which.id) : query.where('media.key', '=', which.key)
  ).executeTakeFirst()
  if (!row) return undefined
  const { width, height } = row.sizes[0] ?? row
  return { id: row.id, src: fileOf(row.place, width), width, height, alt: row.alt }
}

/** What can be chosen: the pictures that came last, and the one that is it. */
export async function listLogos(db: Db, chosen: string): Promise<{ key: string; name: string }[]> {
  return await db
    .selectFrom('media')
    .select(['key', 'name'])
    .where((where) =>
      where.or([
        where('key', '=', chosen),
        where('id', 'in', (query) => query.selectFrom('media').select('id').orderBy('id', 'desc').limit(mostLogos)),
      ]),
    )
    .orderBy('id', 'desc')
    .execute()
}
