// Files that were uploaded for an import. Each lies in a folder of its own, with what is known of it beside it, on the
// machine that took it.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const tasks = ['inspection', 'rehearsal', 'import'] as const
export type Task = (typeof tasks)[number]

export type Upload = {
  /** The name of its folder and of its page, which nobody guesses. */
  token: string
  file_name: string
  bytes: number
  /** As `imports.fingerprint`: tells which interrupted import the file can finish. */
  fingerprint: string
  uploaded_at: string
  uploaded_by: string
  /** What was done last, or is being done. */
  task: Task
  state: 'running' | 'done' | 'refused' | 'stopped'
  /** Why it was refused or stopped, where that is known. */
  message: string | null
  /** Of an import that is complete. */
  import_id: number | null
}

const keptMs = 24 * 3600 * 1000
const brokenOffMs = 10 * 60 * 1000
const known = 'upload.json'

export function folderOf(dataFolder: string): string {
  return join(dataFolder, 'imports')
}

/** A place for a file that is about to come. */
export async function makePlace(
  folder: string,
  sentName: string,
): Promise<{ token: string; path: string; name: string }> {
  const token = randomBytes(16).toString('base64url')
  await mkdir(join(folder, token), { recursive: true, mode: 0o700 })
  const name = harmless(sentName)
  return { token, name, path: join(folder, token, name) }
}

/** What is left of a name for a file of ours: letters, digits, and a few marks between them. */
export function harmless(sentName: string): string {
  const name = (sentName.split(/[/\\]/).at(-1) ?? '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '')
  const short = [...name]
    .slice(-60)
    .join('')
    .replace(/^[.-]+/, '')
  return short === '' || isOurs(short) ? 'blog.db' : short
}

const isOurs = (name: string) => /^(upload|report|out|err)\./i.test(name) && /\.(json|txt|tmp)$/i.test(name)

export const fileOf = (folder: string, { token, file_name }: Upload): string => join(folder, token, file_name)
export const reportOf = (folder: string, { token }: Upload): string => join(folder, token, 'report.json')

export function hasFile(folder: string, upload: Upload): boolean {
  return existsSync(fileOf(folder, upload))
}

/** Written whole or not at all. */
export async function saveUpload(folder: string, upload: Upload): Promise<void> {
  const path = join(folder, upload.token, known)
  await writeFile(`${path}.tmp`, JSON.stringify(upload), { mode: 0o600 })
  await rename(`${path}.tmp`, path)
}

export async function findUpload(folder: string, token: string): Promise<Upload | undefined> {
  if (!/^[\w-]{22}$/.test(token)) return undefined
  return (await readJson(join(folder, token, known))) as Upload | undefined
}

/** Newest first. */
export async function listUploads(folder: string): Promise<Upload[]> {
  const found = await Promise.all((await tokensIn(folder)).map((token) => findUpload(folder, token)))
  return found.filter((upload) => upload !== undefined).toSorted((a, b) => b.uploaded_at.localeCompare(a.uploaded_at))
}

/** The file that an interrupted import can go on with, when it is on this machine. */
export async function findUploadOf(folder: string, fingerprint: string): Promise<Upload | undefined> {
  const uploads = await listUploads(folder)
  return uploads.find((upload) => upload.fingerprint === fingerprint && hasFile(folder, upload))
}

/** What the last task found: the report of an import or a rehearsal, or an inspection. */
export async function readResult(folder: string, upload: Upload): Promise<unknown> {
  return await readJson(reportOf(folder, upload))
}

export async function removeFile(folder: string, upload: Upload): Promise<void> {
  await rm(fileOf(folder, upload), { force: true })
}

export async function removeUpload(folder: string, token: string): Promise<void> {
  await rm(join(folder, token), { recursive: true, force: true })
}

/** Takes away what is a day old, and what never arrived whole. Keeps files that an interrupted import waits for. */
export async function removeOld(
  folder: string,
  isWaitedFor: (upload: Upload) => boolean,
  now = Date.now(),
): Promise<void> {
  for (const token of await tokensIn(folder)) {
    const upload = await findUpload(folder, token)
    if (!upload) {
      if (now - (await lastChange(join(folder, token))) > brokenOffMs) await removeUpload(folder, token)
    } else if (now - Date.parse(upload.uploaded_at) > keptMs && !(isWaitedFor(upload) && hasFile(folder, upload))) {
      await removeUpload(folder, token)
    }
  }
}

async function lastChange(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const times = await Promise.all(
    [folder, ...names.map((name) => join(folder, name))].map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  return Math.max(...times)
}

async function tokensIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => /^[\w-]{22}$/.test(name))
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}
