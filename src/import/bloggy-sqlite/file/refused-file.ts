import { StartError } from '../../../errors.ts'

export type Refusal =
  | 'absent'
  | 'not a file'
  | 'not readable'
  | 'empty'
  | 'text'
  | 'dump'
  | 'not SQLite'
  | 'unknown format'
  | 'truncated'
  | 'damaged'
  | 'UTF-16'
  | 'no tables'
  | 'demo'
  | 'another program'
  | 'not a table'
  | 'being written'
  | 'missing wal'
  | 'moving'
  | 'no space'
  | 'too much work'

/** A file that cannot be imported. The message names it, says what is wrong and what can be done. */
export class RefusedFile extends StartError {
  readonly reason: Refusal

  constructor(reason: Refusal, message: string) {
    super(message)
    this.reason = reason
  }
}

/** A name of a file or out of one, for a line in a terminal: without characters that move, colour or turn the text. */
export function printable(name: string): string {
  const shown = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
  const short = shown.length > 200 ? `${shown.slice(0, 199)}…` : shown
  return short.trim() === short && short !== '' ? short : `"${short}"`
}

export function damaged(path: string, detail: string): RefusedFile {
  return new RefusedFile(
    'damaged',
    `${printable(path)} is damaged: SQLite says "${printable(detail)}". Take another copy or a backup. If there is none, ` +
      'save what can be read: sqlite3 FILE .recover | sqlite3 saved.db',
  )
}
