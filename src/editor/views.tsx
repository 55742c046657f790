import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import type { PublishedPost } from '../posts/queries.ts'
import { PostPage } from '../posts/views.tsx'

type Unsaved = Omit<PublishedPost, 'id' | 'slug' | 'series_id' | 'comments_are_open' | 'reactions' | 'moment'>

/** The page of a post that nobody has saved: what readers get, but for comments. */
export function UnsavedPostPage({ page, post, note }: { page: Page; post: Unsaved; note?: Html }): Html {
  return PostPage({
    page,
    post: { ...post, id: 0, slug: 'preview', series_id: null, comments_are_open: true, reactions: '' },
    isOpen: true,
    comments: undefined,
    mayEdit: false,
    canonical: '',
    ...(note && { note }),
  })
}
