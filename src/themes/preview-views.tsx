import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Article, PostPage } from '../posts/views.tsx'
import type { PublishedPost } from '../posts/queries.ts'

type Props = { page: Page; post: PublishedPost | undefined; comments: Html | undefined }

/** The newest post as a stranger gets it, or a page with a little of everything while there is none. */
export function PreviewPost({ page, post, comments }: Props): Html {
  if (!post) return <Specimen page={page} />
  return <PostPage page={page} post={post} isOpen comments={comments} mayEdit={false} canonical="" />
}

const nothing = { kind: 'post', language: '', picture: null, picture_url: '', picture_alt: '', tags: [] }

function Specimen({ page }: { page: Page }): Html {
  const post = {
    ...nothing,
    title: 'The quick brown fox',
    published_at: new Date(),
    author_name: null,
    author_slug: null,
    co_authors: [],
    visibility: 'public',
  }
  return (
    <Layout page={page} title={post.title}>
      <Article page={page} post={post}>
        <p>
          The quick brown fox jumps over <a href="#content">the lazy dog</a>, who does not mind. It has been doing so
          for a hundred years and more, <em>always</em> in the same words, and <strong>never</strong> without a reason.
        </p>
        <h2>What it is good for</h2>
        <blockquote>
          <p>Every letter once, and none too many.</p>
        </blockquote>
        <ul>
          <li>Headings, text and notes</li>
          <li>
            Words such as <code>fox.jump()</code>
          </li>
        </ul>
        <pre>
          <code>
            <span class="hl-keyword">const</span> fox = <span class="hl-string">'quick'</span>{' '}
            <span class="hl-comment">// and brown</span>
          </code>
        </pre>
      </Article>
    </Layout>
  )
}
