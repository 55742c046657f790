import { text } from '../texts/texts.ts'
import { deviceOf } from './device.ts'

/** "Firefox on Linux", as far as it says what it is. */
export function deviceWords(userAgent: string): string {
  const { browser, system } = deviceOf(userAgent)
  if (browser && system) return text('factor.browserOn', { browser, system })
  return browser ?? (system ? text('factor.someBrowserOn', { system }) : text('factor.someProgram'))
}
