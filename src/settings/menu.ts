// What stands at the top of every page: a line of the settings for each link, words first and the address last.
import { isOwnAddress, isWebAddress } from '../address.ts'
import { text } from '../texts/texts.ts'
import { cleanName } from '../users/user.ts'

export type MenuItem = { words: string; address: string }

const mostItems = 12

export function menuOf(written: string): MenuItem[] {
  return written
    .split(/\r?\n/)
    .flatMap((line) => itemOf(line.trim()) ?? [])
    .slice(0, mostItems)
}

/** What is wrong with it, or undefined. */
export function menuError(written: string): string | undefined {
  const lines = written.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length > mostItems) return text('settings.menuTooLong', { most: mostItems })
  const wrong = lines.find((line) => !itemOf(line.trim()))
  return wrong && text('settings.menuWrong', { line: wrong.trim().slice(0, 60) })
}

function itemOf(line: string): MenuItem | undefined {
  const [, given = '', address = ''] = /^(\S.*?)\s+(\S+)$/.exec(line) ?? []
  const words = cleanName(given)
  if (words === '' || words.length > 40) return undefined
  return isOwnAddress(address) || isWebAddress(address) ? { words, address } : undefined
}
