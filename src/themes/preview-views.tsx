import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Article, PostPage } from '../posts/views.tsx'
import type { PublishedPost } from '../posts/queries.ts'
import { rich, text } from '../texts/texts.ts'

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
    title: text('themes.specimenTitle'),
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
          {rich('themes.specimenText', {
            link: (inside) => <a href="#content">{inside}</a>,
            em: (inside) => <em>{inside}</em>,
            strong: (inside) => <strong>{inside}</strong>,
          })}
        </p>
        <h2>{text('themes.specimenHeading')}</h2>
        <blockquote>
          <p>{text('themes.specimenQuote')}</p>
        </blockquote>
        <ul>
          <li>{text('themes.specimenItem')}</li>
          <li>{rich('themes.specimenCode', { code: <code>fox.jump()</code> })}</li>
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
