import { fail } from './commands/answer.ts'
import { commandsOf } from './commands/program.ts'
import { nouns } from './deeds/deeds.ts'

const words = process.argv.slice(2)
// `bloggy help post list` is `bloggy post list --help`; commander does not know what belongs to a noun.
const isHelp = words[0] === 'help' && words[1] !== undefined && Object.hasOwn(nouns, words[1])
const given = isHelp ? [...words.slice(1), '--help'] : words

// Whoever reads along may stop, as `head` does: what was asked for is done all the same. A server tells of its own.
if (!['start', 'serve', undefined].includes(given[0]))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

try {
  await commandsOf(given).parseAsync(given.length > 0 ? given : ['start'], { from: 'user' })
} catch (error) {
  fail(error, given)
}
