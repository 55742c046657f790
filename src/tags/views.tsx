import { dataBlock } from '../html/data-block.ts'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { PostList } from '../reading-lists/queries.ts'
import { aboutPosts } from '../posts/post.ts'
import { PostEntries } from '../posts/views.tsx'
import { text } from '../texts/texts.ts'
import { ofList } from '../structured-data/structured-data.ts'
import type { FoundTag } from './queries.ts'

export function TagPage({
  page,
  tag,
  list,
  isFirst,
  origin,
}: {
  page: Page
  tag: FoundTag
  list: PostList
  isFirst: boolean
  origin: string
}): Html {
  const path = paths.tag(tag.slug)
  return (
    <Layout
      page={page}
      title={tag.name}
      description={aboutPosts(list.posts)}
      feedOf={paths.tag(tag.slug)}
      {...(isFirst && { canonical: origin + path })}
      head={dataBlock(ofList(page.site, origin, { name: tag.name, path }))}
    >
      <header class="intro">
        <h1>{tag.name}</h1>
        <p class="tagline">{isFirst ? text('tags.newest') : text('tags.earlier')}</p>
        <p class="quiet">
          {tag.posts !== null && <>{text('archive.count', { posts: tag.posts })} · </>}
          <a href={paths.tags()}>{text('archive.allTags')}</a>
        </p>
      </header>
      <PostEntries list={list} page={page} older={(before) => paths.tag(tag.slug, before)} />
    </Layout>
  )
}
