// Every command, with its help. Each is loaded when it runs, so that none pays for the others.
import { Argument, Command, Option } from 'commander'
import { commandLine, pipedCommandLine as piped } from '../command-line.ts'
import { scopes } from '../api-tokens/token.ts'
import { nouns } from '../deeds/deeds.ts'
import { exitCodesHelp } from './answer.ts'
import { quietFor } from './quiet.ts'

const importHelp = `
The whole way, from the backup to the way back, is in docs/migrating.md.

Exit codes:
  0: complete, nothing was kept aside
  1: it broke off, or the proof failed; nothing is public, run it again
  2: everything that has a place is here; the rest is in import_leftovers
  3: refused; nothing was changed
  4: verify found differences`

/** All of them, for what is typed: `words` say whether mistakes are for programs. */
export function commandsOf(words: string[]): Command {
  const program = quietFor(new Command('bloggy'), words)
    .description('A blog on PostgreSQL. Without a command it starts the blog.')
    .version('0.1.0')
    .configureHelp({ subcommandTerm: (one) => one.name() })
    // An option belongs to the command it stands behind: `import verify 1 old.db --json` is not `import --json`.
    .enablePositionalOptions()
    .addHelpText('after', `\nWhat a command takes, with examples: ${commandLine('post list --help')}\n${exitCodesHelp}`)
  program.commandsGroup('Running the blog:')
  addRunning(program)
  program.commandsGroup('What is in the blog:')
  addNouns(program)
  program.commandsGroup('People and programs:')
  addPeople(program)
  program.commandsGroup('Bringing in and taking away:')
  addMoving(program)
  program.commandsGroup('Looking after it:')
  addCare(program)
  return program
}

function addRunning(program: Command): void {
  program
    .command('start')
    .description('bring the database up to date, then serve the blog')
    .addHelpText('after', examples('start'))
    .action(async () => (await import('./serve.ts')).serve({ migrates: true }))
  program
    .command('serve')
    .description('serve the blog; refuse a database that is not up to date')
    .addHelpText('after', examples('serve'))
    .action(async () => (await import('./serve.ts')).serve({ migrates: false }))
  told(program, 'setup', 'set up a new blog here instead of in the browser', [
    'setup',
    'setup --title "My blog" --name Ada --email ada@example.com --password-file secret',
    'setup --link',
  ])
    .option('--title <text>', 'title of the blog')
    .option('--description <text>', 'one line about it')
    .option('--name <text>', 'name of the owner')
    .option('--email <address>', 'e-mail of the owner')
    .option('--password-file <path>', 'read the password from this file; - for standard input')
    .option('--link', 'print a new link to the set-up page and do nothing else')
    .action(async (options) => (await import('./setup.ts')).setup(options))
  told(program, 'upgrade', 'bring the database to this version, after a look whether that can be done', [
    'upgrade --check',
    'upgrade',
  ])
    .option('--check', 'only say what would be done, what it locks, and what is in the way')
    .option('--anyway', 'also where something is wrong')
    .action(async (options) => (await import('./upgrade.ts')).upgrade(options))
  const migrations = program.command('migrations').description('the schema of the database')
  told(migrations, 'up', 'apply the migrations that are missing', ['migrations up']).action(async (options) =>
    (await import('./migrations.ts')).migrationsUp(options),
  )
  told(migrations, 'status', 'show which migrations were applied and which are missing', [
    'migrations status',
    'migrations status --json',
  ]).action(async (options) => (await import('./migrations.ts')).migrationsStatus(options))
}

/** Made of the document of the API, when one of them runs. */
function addNouns(program: Command): void {
  for (const [noun, { about }] of Object.entries(nouns)) {
    program
      .command(noun)
      .description(about)
      .argument('[words...]', `what to do: see \`${noun} --help\``)
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (words: string[]) => (await import('./deed.ts')).runDeed(noun, words))
  }
}

function addPeople(program: Command): void {
  const who = 'the address it signs in with'
  told(program, 'assign-role', 'give an account a role, or take one away', [
    'assign-role ben@example.com author',
    'assign-role ben@example.com moderator --remove',
  ])
    .argument('<email>', who)
    .argument('<role>', `the name of any role: see \`${commandLine('role list')}\``)
    .option('--remove', 'take the role away instead')
    .action(async (email, role, options) => (await import('./assign-role.ts')).changeRole(email, role, options))
  const factor = program.command('second-factor').description('the codes that accounts sign in with besides a password')
  told(factor, 'remove', 'let an account sign in without its second factor, which was lost', [
    'second-factor remove ben@example.com',
  ])
    .argument('<email>', who)
    .action(async (email, options) => (await import('./second-factor.ts')).removeSecondFactor(email, options))
  const tokens = program.command('token').description('tokens for programs')
  const whose = 'the e-mail of the person whose rights it has'
  told(tokens, 'create', 'make a token and print it, once', [
    'token create ben@example.com --name "A script" --scope posts:read posts:write',
    'token create ben@example.com --name Backup --scope posts:read --days 365 --json',
  ])
    .argument('<address>', whose)
    .requiredOption('--name <text>', 'what it is for')
    .addOption(new Option('--scope <scope...>', 'what it may do').choices(scopes).makeOptionMandatory())
    .addOption(
      new Option('--days <number>', 'how long it lasts; 0 is until it is ended')
        .choices(['30', '90', '365', '0'])
        .default('90'),
    )
    .action(async (address, options) => (await import('./token.ts')).createToken(address, options))
  told(tokens, 'list', 'show the tokens of a person', [
    'token list ben@example.com',
    'token list ben@example.com --json',
  ])
    .argument('<address>', 'the e-mail of the person')
    .action(async (address, options) => (await import('./token.ts')).listTokens(address, options))
  told(tokens, 'end', 'end a token', ['token end ben@example.com 3'])
    .argument('<address>', 'the e-mail of the person')
    .argument('<number>', 'the number of the token: see `token list`')
    .action(async (address, number, options) => (await import('./token.ts')).endToken(address, number, options))
  told(program, 'breached-passwords', 'make of lists of passwords a file of those nobody may choose', [
    'breached-passwords common.txt --output breached.bin',
    'breached-passwords pwned-passwords.txt --least 100 --output breached.bin',
  ])
    .argument('<list...>', 'files of passwords, or of their SHA-1 as Have I Been Pwned has them, one a line')
    .requiredOption('--output <file>', 'the file to make, for BREACHED_PASSWORDS')
    .option('--least <count>', 'leave out hashes that were seen less often', '1')
    .action(async (lists, options) => (await import('./breached-passwords.ts')).buildBreachedPasswords(lists, options))
}

function addMoving(program: Command): void {
  const imports = program
    .command('import')
    .enablePositionalOptions()
    .description('bring in the blog of an older Bloggy from its SQLite file')
    .argument('<file>', 'the file, such as bloggy.db; it is only read')
    .option('--inspect', 'only say what the file is and what is odd about it')
    .option('--rehearse', 'do everything, report, and take it all back')
    .option('--continues <id>', 'the file is a newer state of the one of that import')
    .option('--without-wal', 'bring in a file whose -wal is missing, without the last changes')
    .option('--report <path>', 'also write the report as JSON')
    .option('--json', 'print JSON instead of text')
    .addOption(new Option('--started-by <id>').hideHelp())
    .addHelpText('after', examples('import bloggy.db --inspect', 'import bloggy.db --report report.json') + importHelp)
    .action(async (file, options) => (await import('./import.ts')).importCommand(file, options))
  const number = 'the number of the import: see `import list`'
  told(imports, 'verify', 'compare an import with the file once more', ['import verify 1 bloggy.db'], importHelp)
    .argument('<id>', number)
    .argument('<file>', 'the file it came from')
    .action(async (id, file, options) => (await import('./import-later.ts')).verifyImport(id, file, options))
  told(imports, 'undo', 'take back what an import brought and nobody has touched since', ['import undo 1'])
    .argument('<id>', number)
    .addOption(new Option('--by <id>').hideHelp())
    .addOption(new Option('--address <ip>').hideHelp())
    .action(async (id, options) => (await import('./import-later.ts')).undoImport(id, options))
  told(imports, 'list', 'show the imports of this blog', ['import list', 'import list --json']).action(
    async (options) => (await import('./import-later.ts')).listImports(options),
  )
  told(program, 'export', 'write the blog into a file for the Bloggy that came before this one', [
    'export --sqlite old.db',
    'export --sqlite old.db --drafts --json',
  ])
    .requiredOption('--sqlite <file>', 'the SQLite file to make')
    .option('--drafts', 'take drafts, scheduled posts and those not for everybody along, which are public there')
    .action(async (options) => (await import('./export.ts')).exportBlog(options))
  addBackups(program)
  told(program, 'sample', 'fill the blog with sample posts, pictures and comments', ['sample', 'sample --remove'])
    .option('--remove', 'take the sample out again')
    .option('--yes', 'with --remove: also delete what other people wrote below its posts')
    .action(async (options) => (await import('./sample.ts')).sample(options))
}

function addBackups(program: Command): void {
  const passphrase = ['--passphrase-file <path>', 'read the passphrase from this file; - for standard input'] as const
  const backups = told(program, 'backup', 'write everything into one file, while the blog is in use', [
    'backup blog.backup',
    'backup blog.backup --passphrase-file secret',
    `${piped('backup -')} | ssh elsewhere "cat > blog.backup"`,
    'backup --schedule',
  ])
    .enablePositionalOptions()
    .argument('[file]', 'the file to make; - for standard output')
    .option(...passphrase)
    .option('--encrypt', 'ask for a passphrase')
    .option('--schedule', 'make one where BACKUP_TO says, and remove old ones, as the timetable does')
    .action(async (file, options) => (await import('./backup.ts')).backup(file, options))
  const look = 'a file that `backup` made'
  told(backups, 'list', 'say what is in a backup', ['backup list blog.backup', 'backup list blog.backup --json'])
    .argument('<file>', look)
    .option(...passphrase)
    .action(async (file, options) => (await import('./backup.ts')).listBackup(file, options))
  told(backups, 'verify', 'read a backup and compare it with its checksums', ['backup verify blog.backup'])
    .argument('<file>', look)
    .option(...passphrase)
    .action(async (file, options) => (await import('./backup.ts')).verifyBackup(file, options))
  told(backups, 'drill', 'try a backup: restore it into a database made for it, and drop that', [
    'backup drill',
    'backup drill blog.backup --json',
  ])
    .argument('[file]', 'a file that `backup` made; without it the newest where BACKUP_TO leads')
    .option(...passphrase)
    .action(async (file, options) => (await import('./backup-drill.ts')).drill(file, options))
  told(program, 'restore', 'make a blog of a backup, in an empty database', [
    'restore blog.backup',
    'restore blog.backup --passphrase-file secret',
    `ssh elsewhere "cat blog.backup" | ${piped('restore - --without-jobs')}`,
  ])
    .argument('<file>', `${look}; - for standard input`)
    .option(...passphrase)
    .option('--without-jobs', 'leave out mail and the like that waited: it was sent since')
    .action(async (file, options) => (await import('./restore.ts')).restore(file, options))
}

function addCare(program: Command): void {
  told(program, 'doctor', 'look at all that the blog stands on, change nothing, and say what to do', [
    'doctor',
    'doctor --only mail --mail ada@example.com',
    'doctor --all --json',
  ])
    .option('--only <check...>', 'these alone; a name that is none lists them')
    .option('--mail <address>', 'also send a mail there')
    .option('--all', 'read every file and index to the end, however long that takes')
    .action(async (options) => (await import('./doctor.ts')).doctor(options))
  told(program, 'show-config', 'print every setting, its value and where it comes from', [
    'show-config',
    'show-config --json',
  ]).action(async (options) => (await import('./show-config.ts')).showConfig(options))
  told(program, 'database-url', 'print the connection string for psql and other clients', [
    'database-url',
    'database-url --superuser',
  ])
    .option('--superuser', 'as the superuser of the embedded server')
    .action(async (options) => (await import('./database-url.ts')).databaseUrl(options))
  const search = program.command('search').description('what readers search')
  told(search, 'rebuild', 'make what readers search anew, while they go on searching', ['search rebuild']).action(
    async (options) => (await import('./search.ts')).rebuildSearch(options),
  )
  told(program, 'encrypt-again', 'encrypt tokens of other services with the first OAUTH_TOKEN_KEY', [
    'encrypt-again',
  ]).action(async (options) => (await import('./encrypt-again.ts')).encryptWithFirstKey(options))
  program
    .command('completion')
    .description('print what a shell needs to complete these commands')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `\nExamples:\n  bloggy completion bash >> ~/.bashrc\n  bloggy completion zsh >> ~/.zshrc\n  bloggy completion fish > ~/.config/fish/completions/bloggy.fish\n${exitCodesHelp}`,
    )
    .action(async (shell) => (await import('./completion.ts')).printCompletion(program, shell))
  program
    .command('write-schema')
    .description('for developers: write db/schema.sql and src/db/schema.ts')
    .addHelpText('after', examples('write-schema'))
    .action(async () => (await import('./write-schema.ts')).writeSchema())
}

/** A command that prints JSON where that is wanted, and whose help shows how it is used. */
function told(parent: Command, name: string, about: string, lines: string[], codes = exitCodesHelp): Command {
  return parent
    .command(name)
    .description(about)
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', examples(...lines) + codes)
}

function examples(...lines: string[]): string {
  const shown = lines.map((words) => `  ${words.includes(' | ') ? words : commandLine(words)}`)
  return `\nExample${lines.length === 1 ? '' : 's'}:\n${shown.join('\n')}\n`
}
