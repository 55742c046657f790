// What the shells themselves offer with the scripts that are printed for them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'

const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-completion-`))
after(() => rmSync(folder, { recursive: true }))
// Not among the packages: it is tried where the system has it.
const shellOf = { fish: 'fish' }
const patient = { timeout: 120_000 }

const cases: [typed: string, offered: string[], not?: string][] = [
  ['bloggy po', ['post']],
  ['bloggy post li', ['list', 'list-revisions']],
  ['bloggy migrations ', ['up', 'status'], 'post'],
  ['bloggy post list --sta', ['--state'], '--kind'],
  ['bloggy post list --state ', ['draft', 'scheduled', 'published', 'any'], '--state'],
  ['bloggy post create --title x --visibility un', ['unlisted'], 'public'],
  ['bloggy post create --comments-open ', ['yes', 'no']],
  ['bloggy completion ', ['bash', 'zsh', 'fish']],
  ['bloggy import --re', ['--rehearse', '--report']],
]

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout, stderr } = await finish(['completion', shell])
  assert.equal(code, 0, stderr)
  const file = join(folder, shell)
  writeFileSync(file, stdout)
  return file
}

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const skipUnless = (shell: string) => (isInstalled(shell) ? {} : { skip: `${shell} is not installed` })

test('bash offers nouns, verbs, options and their values', patient, async () => {
  const file = await scriptOf('bash')
  const script = `source ${file}; COMP_LINE=$1 COMP_POINT=\${#1}; _bloggy; printf '%s\\n' "\${COMPREPLY[@]}"`
  const offers = (typed: string) =>
    execFileSync('bash', ['-c', script, 'bash', typed], { encoding: 'utf8' }).split('\n').filter(Boolean)
  check(offers)
  // Bash takes what stands behind the colon for a word of its own.
  assert.deepEqual(offers('bloggy token create a@example.com --name x --scope posts:'), ['read', 'write'])
  assert.deepEqual(offers('bloggy nonsense '), [])
})

test('fish offers the same', { ...patient, ...skipUnless('fish') }, async () => {
  const file = await scriptOf('fish')
  const script = (typed: string) => `source ${file}; complete -C '${typed}'`
  const offers = (typed: string) =>
    execFileSync(shellOf.fish, ['--no-config', '-c', script(typed)], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '')
      .filter(Boolean)
  check(offers)
})

test('zsh completes the same', { ...patient, ...skipUnless('zsh') }, async () => {
  const file = await scriptOf('zsh')
  const completed: [string, string][] = [
    ['bloggy perm', 'bloggy permission'],
    ['bloggy migrations u', 'bloggy migrations up'],
    ['bloggy post list --sta', 'bloggy post list --state'],
    ['bloggy post list --state sch', 'bloggy post list --state scheduled'],
    ['bloggy completion f', 'bloggy completion fish'],
    ['bloggy token create a --scope posts:w', 'bloggy token create a --scope posts:write'],
  ]
  // Only its line editor completes, so it needs a terminal: the line that is there afterwards is printed.
  const script = join(folder, 'terminal')
  const presses = completed.map(([typed]) => `zpty -n -w z '${typed}'$'\\t\\C-xp'; sleep 0.5`).join('\n')
  writeFileSync(
    script,
    `zmodload zsh/zpty
zpty z 'zsh -f -i'
zpty -w z 'PS1=; source ${file}; shown() { print -r -- "$BUFFER" >> ${file}.lines; BUFFER= }; zle -N shown; bindkey "^Xp" shown; print REA""DY'
zpty -r z ready '*READY*'
${presses}
zpty -d z`,
  )
  execFileSync('zsh', ['-f', script], { timeout: 60_000 })
  const lines = execFileSync('cat', [`${file}.lines`], { encoding: 'utf8' }).split('\n')
  assert.deepEqual(
    lines.filter(Boolean).map((line) => line.trim()),
    completed.map(([, line]) => line),
  )
})

function check(offers: (typed: string) => string[]): void {
  for (const [typed, offered, not] of cases) {
    const found = offers(typed)
    for (const word of offered) assert.ok(found.includes(word), `${typed} offers ${word}: ${found.join(' ')}`)
    if (not) assert.ok(!found.includes(not), `${typed} offers ${not}`)
  }
}
