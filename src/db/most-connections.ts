import type { Sql } from 'postgres'

/** What the server leaves to roles that are no superuser. */
export async function readMostConnections(reader: Sql): Promise<number> {
  const [row] = await reader<{ most: number }[]>`
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - current_setting('reserved_connections')::int as most`
  return row?.most ?? 0
}
