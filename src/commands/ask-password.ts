import { commandLine } from '../command-line.ts'
import { StartError } from '../errors.ts'
import { wrongUse } from './answer.ts'

/** Reads a line without showing it. */
export async function askPassword(question: string, { otherwise, stopped }: Words = ofSetup): Promise<string> {
  // What a command makes may go to standard output.
  const { stdin, stderr } = process
  if (!stdin.isTTY) throw wrongUse(otherwise)
  stderr.write(question)
  stdin.setRawMode(true).setEncoding('utf8').resume()
  let typed = ''
  try {
    for await (const chunk of stdin) {
      for (const key of String(chunk)) {
        if (key === '\r' || key === '\n') return typed
        if (key === '\u0003' || key === '\u0004') throw new StartError(stopped)
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key
      }
    }
    return typed
  } finally {
    stdin.setRawMode(false).pause()
    stderr.write('\n')
  }
}

type Words = { otherwise: string; stopped: string }
const ofSetup: Words = {
  otherwise: `Give --password-file, or run \`${commandLine('setup')}\` in a terminal.`,
  stopped: 'Nothing was set up.',
}
