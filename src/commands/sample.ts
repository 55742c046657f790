// `bloggy sample`: a demo blog to look at, and `bloggy sample --remove` to take it away. `--yes` agrees to what other
// people wrote below it going too.
import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { withDatabase } from '../db/open.ts'
import { type SampleCounts, fillSample, removeSample } from '../sample/queries.ts'
import { answer } from './answer.ts'
import { requireSchema } from './require-schema.ts'

type Options = { remove?: boolean; yes?: boolean; json?: boolean }

export async function sample({ remove, yes = false, json = false }: Options): Promise<void> {
  const config = loadConfig()
  await withDatabase(config, async ({ db, reader }) => {
    await requireSchema(reader)
    if (remove) {
      const gone = await removeSample(db, { withComments: yes })
      return answer(json, { removed: gone }, removed(gone))
    }
    const made = await fillSample(db, (line) => {
      if (!json) console.error(line)
    })
    answer(json, { filled: made }, filled(made, config.siteUrl))
  })
}

function filled(counts: SampleCounts, siteUrl: URL): string {
  return `The blog now holds ${describe(counts)}.

  Read it:      ${siteUrl}   (when it is not running: ${commandLine('start')})
  Remove it:    ${commandLine('sample --remove')}

Nobody can sign in as one of these people; no mail goes to them; their addresses end in @example.com.`
}

function removed(counts: SampleCounts): string {
  if (counts.posts + counts.people === 0) return 'This blog holds no sample. Nothing was changed.'
  return `Removed ${describe(counts)}.`
}

function describe({ posts, comments, people, tags }: SampleCounts): string {
  return `${count(posts, 'post')} by ${people === 1 ? '1 person' : `${people} people`}, ${count(comments, 'comment')} and ${count(tags, 'tag')}`
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
