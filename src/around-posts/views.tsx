import type { Html } from '../html/jsx-runtime.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { text } from '../texts/texts.ts'
import type { Around, Neighbour } from './queries.ts'

/** The way to the post before and the one after. The address comes first in a link, `rel` is for machines. */
export function Neighbours({ previous, next }: Pick<Around, 'previous' | 'next'>): Html {
  if (!previous && !next) return <></>
  return (
    <nav class="neighbours" aria-label={text('reading.neighbours')}>
      {previous && (
        <p>
          <span>{text('reading.earlier')}</span> <PostLink post={previous} rel="prev" />
        </p>
      )}
      {next && (
        <p>
          <span>{text('reading.later')}</span> <PostLink post={next} rel="next" />
        </p>
      )}
    </nav>
  )
}

export function RelatedPosts({ related }: Pick<Around, 'related'>): Html {
  if (related.length === 0) return <></>
  return (
    <aside class="related" aria-labelledby="related">
      <h2 id="related">{text('reading.related')}</h2>
      <ul>
        {related.map((post) => (
          <li>
            <PostLink post={post} />
          </li>
        ))}
      </ul>
    </aside>
  )
}

function PostLink({ post, rel }: { post: Neighbour; rel?: 'prev' | 'next' }): Html {
  return (
    <a href={paths.post(post.slug)} rel={rel}>
      <bdi lang={post.language || undefined}>{titleOf(post)}</bdi>
    </a>
  )
}
