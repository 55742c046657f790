// `bloggy completion bash`: what a shell offers behind `bloggy`, printed as a script of that shell.
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { type Deed, type Option, deedsOf, hasPages, namesOf, nouns } from '../deeds/deeds.ts'
import { readDocument } from './with-app.ts'

/** What may follow `path`, such as `post list`. */
type Step = { path: string; words: string[]; flags: Flag[] }
/** `takes` says what follows it: one of a few words, a file, something else, or nothing. */
type Flag = { name: string; takes: string[] | 'file' | 'text' | 'nothing' }

export async function printCompletion(program: Command, shell: string): Promise<void> {
  const document = await readDocument(loadConfig())
  const ofNouns = Object.entries(nouns).flatMap(([name, { noun }]): Step[] => {
    const deeds = deedsOf(noun, document)
    return [
      { path: name, words: deeds.flatMap(namesOf), flags: [help] },
      ...deeds.flatMap((deed) =>
        namesOf(deed).map((verb) => ({ path: `${name} ${verb}`, words: [], flags: flagsOf(deed) })),
      ),
    ]
  })
  const known = new Set(Object.keys(nouns))
  const steps = [...stepsOf(program).filter(({ path }) => !known.has(path)), ...ofNouns]
  const shells: Record<string, (steps: Step[]) => string> = { bash, zsh, fish }
  console.log(shells[shell]?.(steps))
}

const help: Flag = { name: '--help', takes: 'nothing' }

function flagsOf(deed: Deed): Flag[] {
  return [
    ...deed.options.map((option): Flag => ({ name: `--${option.flag}`, takes: takenBy(option) })),
    ...(deed.operation.requestBody && !deed.isForm ? [{ name: '--data', takes: 'file' } as Flag] : []),
    ...(hasPages(deed) ? [{ name: '--all', takes: 'nothing' } as Flag] : []),
    { name: '--as', takes: 'text' },
    { name: '--json', takes: 'nothing' },
    help,
  ]
}

function takenBy({ kind, choices }: Option): Flag['takes'] {
  if (kind === 'file' || kind === 'secret' || kind === 'upload') return 'file'
  if (kind === 'yes-no') return ['yes', 'no']
  const words = choices.filter((one) => one !== '""')
  return words.length > 0 ? words : 'text'
}

function stepsOf(command: Command, path = ''): Step[] {
  const parts = [...command.commands]
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  const flags = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, argChoices, required, flags }): Flag => {
      const takes = /<(path|file)>/.test(flags) ? 'file' : 'text'
      return { name: long ?? '', takes: argChoices ?? (required ? takes : 'nothing') }
    })
  const step = { path, words: [...parts.map((part) => part.name()), ...choices], flags: [...flags, help] }
  return [step, ...parts.flatMap((part) => stepsOf(part, `${path} ${part.name()}`.trim()))]
}

/** For bash and zsh alike: sets `offered` by `trail`, the words before that are no options, and `previous`, the last one. */
function cases(steps: Step[]): string {
  // The longest way first: it is the one that was taken.
  const sorted = steps.toSorted((a, b) => b.path.length - a.path.length)
  const behind = (path: string, end: string) => [`'${path}'${end}`, `'${path} '*${end}`].join('|')
  const values = sorted.flatMap(({ path, flags }) =>
    flags.flatMap(({ name, takes }) =>
      takes === 'nothing'
        ? []
        : [`    ${behind(path, `'|${name}'`)}) offered='${Array.isArray(takes) ? takes.join(' ') : ''}'; return ;;`],
    ),
  )
  const lines = sorted.map(({ path, words, flags }) => {
    const offered = [...words, ...flags.map(({ name }) => name)].join(' ')
    return `    ${path === '' ? "''" : behind(path, '')}) offered='${offered}' ;;`
  })
  return `_bloggy_words() {
  case "$trail|$previous" in
${values.join('\n')}
  esac
  case "$trail" in
${lines.join('\n')}
  esac
}`
}

function bash(steps: Step[]): string {
  return `${cases(steps)}
_bloggy() {
  # Split by blanks alone: bash itself also splits at the colon of posts:read.
  local typed word trail='' offered='' previous='' current=''
  read -ra typed <<< "\${COMP_LINE:0:COMP_POINT}"
  case "\${COMP_LINE:0:COMP_POINT}" in *' ') typed+=('') ;; esac
  current="\${typed[\${#typed[@]} - 1]}"
  previous="\${typed[\${#typed[@]} - 2]}"
  for word in "\${typed[@]:1:\${#typed[@]} - 2}"; do
    case "$word" in -*) ;; *) trail="\${trail:+$trail }$word" ;; esac
  done
  _bloggy_words
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
  COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
}
complete -o default -F _bloggy bloggy`
}

function zsh(steps: Step[]): string {
  return `(( \${+functions[compdef]} )) || { autoload -U compinit && compinit -u }
${cases(steps)}
_bloggy() {
  local word trail='' previous="\${words[CURRENT - 1]}" offered=''
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    [[ "$word" == -* ]] || trail="\${trail:+$trail }$word"
  done
  _bloggy_words
  if [[ -n "$offered" ]]; then compadd -- \${=offered}; else _files; fi
}
compdef _bloggy bloggy`
}

function fish(steps: Step[]): string {
  return steps
    .flatMap(({ path, words, flags }) => {
      const taken = path.split(' ').filter(Boolean)
      const seen = taken.map((word) => `__fish_seen_subcommand_from ${word}`)
      const here = taken.length === 0 ? '__fish_use_subcommand' : seen.join('; and ')
      // A second word of these is no second command.
      const next =
        words.length > 0 && taken.length > 0 ? `; and not __fish_seen_subcommand_from ${words.join(' ')}` : ''
      return [
        ...words.map((word) => `complete -c bloggy -n '${here}${next}' -f -a ${word}`),
        ...flags.map(({ name, takes }) => `complete -c bloggy -n '${here}' -l ${name.slice(2)}${valueInFish(takes)}`),
      ]
    })
    .join('\n')
}

function valueInFish(takes: Flag['takes']): string {
  if (Array.isArray(takes)) return ` -x -a '${takes.join(' ')}'`
  return { file: ' -r -F', text: ' -x', nothing: '' }[takes]
}
