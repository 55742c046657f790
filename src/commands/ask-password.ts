import { commandLine } from '../command-line.ts'
import { StartError } from '../errors.ts'
import { wrongUse } from './answer.ts'

/** Reads a line without showing it. */
export async function askPassword(question: string): Promise<string> {
  const { stdin, stdout } = process
  if (!stdin.isTTY) throw wrongUse(`Give --password-file, or run \`${commandLine('setup')}\` in a terminal.`)
  stdout.write(question)
  stdin.setRawMode(true).setEncoding('utf8').resume()
  let typed = ''
  try {
    for await (const chunk of stdin) {
      for (const key of String(chunk)) {
        if (key === '\r' || key === '\n') return typed
        if (key === '\u0003' || key === '\u0004') throw new StartError('Nothing was set up.')
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key
      }
    }
    return typed
  } finally {
    stdin.setRawMode(false).pause()
    stdout.write('\n')
  }
}
