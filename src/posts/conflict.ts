// Two texts of one post: the saved one, and one in a form that was not saved.
import type { Fields } from '../http/validation.ts'
import { detailsOf, shownDetails } from '../post-details/details.ts'
import { compare } from '../revisions/compare.ts'
import { latestText } from './post.ts'
import type { EditablePost } from './queries.ts'

/** What is different in the form; `account` is who sees it. */
export async function compareWithSaved(post: EditablePost, mine: Fields, account: number) {
  const { title, tags, body } = latestText(post)
  const details = shownDetails(post)
  const saved = { title, tags, body: lines(body), details }
  const unsaved = {
    title: mine.title ?? '',
    tags: mine.tags ?? '',
    body: lines(mine.body ?? ''),
    details: detailsOf(mine, details),
  }
  return await compare(saved, unsaved, account)
}

// A text from before line breaks were one character is not different for that.
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
