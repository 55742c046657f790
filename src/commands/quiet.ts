import type { Command } from 'commander'

/** A command whose mistakes of use are thrown: said to people at once, and to programs by who catches them. */
export function quietFor(command: Command, words: string[]): Command {
  command
    .exitOverride()
    .showHelpAfterError('(--help behind a command says what it takes)')
    .showSuggestionAfterError()
    .configureHelp({
      // Of a column of names the longest makes the width.
      subcommandTerm: (one) => [one.name(), ...one.registeredArguments.map((each) => `<${each.name()}>`)].join(' '),
    })
  if (words.includes('--json')) command.configureOutput({ writeErr: () => {}, outputError: () => {} })
  return command
}
