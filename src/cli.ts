import { Command, Option } from 'commander'
import { nouns } from './deeds/deeds.ts'
import { CommandError, StartError } from './errors.ts'

const importHelp = `
The whole way, from the backup to the way back, is in docs/migrating.md.

Exit codes:
  0: complete, nothing was kept aside
  1: it broke off, or the proof failed; nothing is public, run it again
  2: everything that has a place is here; the rest is in import_leftovers
  3: refused; nothing was changed
  4: verify found differences`

const program = new Command('bloggy')
  .description('A blog on PostgreSQL. Without a command it starts the blog.')
  .version('0.1.0')
  .showHelpAfterError()
  // An option belongs to the command it stands behind: `import verify 1 old.db --json` is not `import --json`.
  .enablePositionalOptions()

// Commands are loaded when they run, so that none pays for the others.
program
  .command('start')
  .description('bring the database up to date, then serve the blog')
  .action(async () => (await import('./commands/serve.ts')).serve({ migrates: true }))
program
  .command('serve')
  .description('serve the blog; refuse a database that is not up to date')
  .action(async () => (await import('./commands/serve.ts')).serve({ migrates: false }))

const migrations = program.command('migrations').description('the schema of the database')
migrations
  .command('up')
  .description('apply the migrations that are missing')
  .action(async () => (await import('./commands/migrations.ts')).migrationsUp())
migrations
  .command('status')
  .description('show which migrations were applied and which are missing')
  .action(async () => (await import('./commands/migrations.ts')).migrationsStatus())

program
  .command('setup')
  .description('set up a new blog here instead of in the browser')
  .option('--title <text>', 'title of the blog')
  .option('--description <text>', 'one line about it')
  .option('--name <text>', 'name of the owner')
  .option('--email <address>', 'e-mail of the owner')
  .option('--password-file <path>', 'read the password from this file; - for standard input')
  .option('--link', 'print a new link to the set-up page and do nothing else')
  .action(async (options) => (await import('./commands/setup.ts')).setup(options))
program
  .command('assign-role')
  .description('give an account a role: admin, moderator, author or viewer')
  .argument('<email>', 'the address it signs in with')
  .argument('<role>', 'the name of the role')
  .option('--remove', 'take the role away instead')
  .action(async (email, role, options) => (await import('./commands/assign-role.ts')).changeRole(email, role, options))
const secondFactor = program
  .command('second-factor')
  .description('the codes that accounts sign in with besides a password')
secondFactor
  .command('remove')
  .description('let an account sign in without its second factor, which was lost')
  .argument('<email>', 'the address it signs in with')
  .action(async (email) => (await import('./commands/second-factor.ts')).removeSecondFactor(email))
program
  .command('breached-passwords')
  .description('make of lists of passwords a file of those that nobody may choose')
  .argument('<list...>', 'files of passwords, or of their SHA-1 as Have I Been Pwned has them, one a line')
  .requiredOption('--output <file>', 'the file to make, for BREACHED_PASSWORDS')
  .option('--least <count>', 'leave out hashes that were seen less often', '1')
  .action(async (lists, options) =>
    (await import('./commands/breached-passwords.ts')).buildBreachedPasswords(lists, options),
  )
program
  .command('sample')
  .description('fill the blog with sample posts, pictures and comments')
  .option('--remove', 'take the sample out again')
  .option('--yes', 'with --remove: also delete what other people wrote below its posts')
  .action(async (options) => (await import('./commands/sample.ts')).sample(options))
program
  .command('export')
  .description('write the blog into a file for the Bloggy that came before this one')
  .requiredOption('--sqlite <file>', 'the SQLite file to make')
  .option('--drafts', 'take drafts, scheduled posts and those not for everybody along, which are public there')
  .action(async (options) => (await import('./commands/export.ts')).exportBlog(options))
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
  .addHelpText('after', importHelp)
  .action(async (file, options) => (await import('./commands/import.ts')).importCommand(file, options))
imports
  .command('verify')
  .description('compare an import with the file once more')
  .argument('<id>', 'the number of the import: see `import list`')
  .argument('<file>', 'the file it came from')
  .option('--json', 'print JSON instead of text')
  .action(async (id, file, options) => (await import('./commands/import-later.ts')).verifyImport(id, file, options))
imports
  .command('undo')
  .description('take back what an import brought and nobody has touched since')
  .argument('<id>', 'the number of the import: see `import list`')
  .addOption(new Option('--by <id>').hideHelp())
  .addOption(new Option('--address <ip>').hideHelp())
  .action(async (id, options) => (await import('./commands/import-later.ts')).undoImport(id, options))
imports
  .command('list')
  .description('show the imports of this blog')
  .action(async () => (await import('./commands/import-later.ts')).listImports())
const search = program.command('search').description('what readers search')
search
  .command('rebuild')
  .description('make what readers search anew, while they go on searching')
  .action(async () => (await import('./commands/search.ts')).rebuildSearch())
program
  .command('encrypt-again')
  .description('encrypt tokens of other services with the first key of OAUTH_TOKEN_KEY')
  .action(async () => (await import('./commands/encrypt-again.ts')).encryptWithFirstKey())
program
  .command('show-config')
  .description('print every setting, its value and where it comes from')
  .action(async () => (await import('./commands/show-config.ts')).showConfig())
program
  .command('database-url')
  .description('print the connection string for psql and other clients')
  .option('--superuser', 'as the superuser of the embedded server')
  .action(async (options) => (await import('./commands/database-url.ts')).databaseUrl(options))
program
  .command('write-schema')
  .description('write db/schema.sql and src/db/schema.ts from the migrated database')
  .action(async () => (await import('./commands/write-schema.ts')).writeSchema())

const tokens = program.command('token').description('tokens for programs')
tokens
  .command('create')
  .description('make a token and print it, once')
  .argument('<address>', 'the e-mail of the person whose rights it has')
  .requiredOption('--name <text>', 'what it is for')
  .requiredOption('--scope <scope...>', 'what it may do, such as posts:read posts:write')
  .option('--days <number>', 'how long it lasts: 30, 90, 365, or 0 until it is ended', '90')
  .option('--json', 'print JSON instead of text')
  .action(async (address, options) => (await import('./commands/token.ts')).createToken(address, options))
tokens
  .command('list')
  .description('show the tokens of a person')
  .argument('<address>', 'the e-mail of the person')
  .option('--json', 'print JSON instead of text')
  .action(async (address, options) => (await import('./commands/token.ts')).listTokens(address, options))
tokens
  .command('end')
  .description('end a token')
  .argument('<address>', 'the e-mail of the person')
  .argument('<number>', 'the number of the token: see `token list`')
  .action(async (address, number) => (await import('./commands/token.ts')).endToken(address, number))
program
  .command('completion')
  .description('print what a shell needs to complete these commands')
  .argument('<shell>', 'bash, zsh or fish')
  .action(async (shell) => (await import('./commands/completion.ts')).printCompletion(program, shell))
for (const [noun, { about }] of Object.entries(nouns)) {
  program
    .command(noun)
    .description(about)
    .argument('[words...]', `what to do: see \`${noun} --help\``)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => (await import('./commands/deed.ts')).runDeed(noun, words))
}

try {
  const words = process.argv.slice(2)
  await program.parseAsync(words.length > 0 ? words : ['start'], { from: 'user' })
} catch (error) {
  if (!(error instanceof StartError || error instanceof CommandError)) throw error
  console.error(`\n${error.message}\n`)
  process.exitCode = error instanceof CommandError ? error.exitCode : 1
}
