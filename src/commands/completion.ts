// `bloggy completion bash`: what a shell offers behind `bloggy`, printed as a script of that shell.
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { deedsOf, hasPages, namesOf, nouns } from '../deeds/deeds.ts'
import { readDocument } from './with-app.ts'
import { CommandError } from '../errors.ts'

/** What may follow `path`, such as `post list`. */
type Step = { path: string; words: string[] }

const shells = { bash, zsh, fish }

export async function printCompletion(program: Command, shell: string): Promise<void> {
  const write = shells[shell as keyof typeof shells]
  if (!write) throw new CommandError(`There are completions for ${Object.keys(shells).join(', ')}.`, 2)
  const document = await readDocument(loadConfig())
  const ofNouns = Object.entries(nouns).flatMap(([name, { noun }]): Step[] => {
    const deeds = deedsOf(noun, document)
    const options = ['--json', '--as', '--help']
    return [
      { path: name, words: deeds.flatMap(namesOf) },
      ...deeds.flatMap((deed) =>
        namesOf(deed).map((verb) => ({
          path: `${name} ${verb}`,
          words: [
            ...deed.options.map(({ flag }) => `--${flag}`),
            ...(deed.operation.requestBody ? ['--data'] : []),
            ...(hasPages(deed) ? ['--all'] : []),
            ...options,
          ],
        })),
      ),
    ]
  })
  const known = new Set(Object.keys(nouns))
  console.log(write([...stepsOf(program).filter(({ path }) => !known.has(path)), ...ofNouns]))
}

function stepsOf(command: Command, path = ''): Step[] {
  const parts = command.commands.filter(({ commands }) => commands !== undefined)
  const words = [
    ...parts.map((part) => part.name()),
    ...command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? ''),
    '--help',
  ]
  return [{ path, words }, ...parts.flatMap((part) => stepsOf(part, `${path} ${part.name()}`.trim()))]
}

function bash(steps: Step[]): string {
  // The longest way first: it is the one that was taken.
  const cases = steps
    .toSorted((a, b) => b.path.length - a.path.length)
    .map(({ path, words }) => `    ${path === '' ? '' : `'${path}'`}*) words='${words.join(' ')}' ;;`)
  return `_bloggy() {
  local word path='' words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _bloggy bloggy`
}

function zsh(steps: Step[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(steps)}`
}

function fish(steps: Step[]): string {
  const lines = steps.flatMap(({ path, words }) => {
    const taken = path.split(' ').filter(Boolean)
    const when =
      taken.length === 0
        ? '__fish_use_subcommand'
        : taken.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    return words.map(
      (word) => `complete -c bloggy -n '${when}' ${word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`}`,
    )
  })
  return lines.join('\n')
}
