// What the form of a post tells the editor's script. Without the script it is a form like any other.
import type { FormState } from '../html/form.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { latestText } from '../posts/post.ts'
import type { EditablePost } from '../posts/queries.ts'
import { editorWords } from './words.ts'

export const editorFiles = { script: 'editor.js', style: 'editor.css' }

export function newEditor(page: Page, form: FormState) {
  return {
    ...common(page, form),
    'data-autosave': paths.admin.newAutosave(),
    'data-page': paths.admin.newPostPage(),
  }
}

export function postEditor(page: Page, post: EditablePost, form: FormState | undefined, isConflict = false) {
  return {
    ...common(page, form),
    ...addressesOf(post.id),
    'data-post': String(post.id),
    'data-format': latestText(post).format,
    // What the script saves by itself of such a post is a draft beside the text for readers.
    ...(post.published_at && { 'data-dated': 'yes' }),
    ...(post.draft_at && { 'data-draft': 'yes' }),
    ...(isConflict && { 'data-conflict': 'yes' }),
  }
}

/** Where the form of a post sends what; told to the script when it has made the post. */
export function addressesOf(id: string | number) {
  return {
    'data-autosave': paths.admin.autosave(id),
    'data-page': paths.admin.postPage(id),
    'data-comparison': paths.admin.comparison(id),
  }
}

function common(page: Page, form: FormState | undefined) {
  return {
    'data-editor': 'yes',
    'data-who': page.visitor?.slug ?? '',
    // In a tab of its own, which the writer may close then.
    'data-sign-in': paths.signIn(paths.admin.dashboard()),
    'data-media': paths.admin.media(),
    'data-words': JSON.stringify(editorWords(page.site.language)),
    // The page shows a text that was sent and is not stored.
    ...(form?.values?.body !== undefined && { 'data-unsaved': 'yes' }),
  }
}
