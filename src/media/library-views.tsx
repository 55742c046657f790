import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { type MediaSearch, mostFilesAtOnce, thumbnailOf } from './media.ts'
import type { ListedMedium, MediaList } from './queries.ts'
import { text } from '../texts/texts.ts'

export type LibraryPageProps = {
  page: Page
  list: MediaList
  search: MediaSearch
  /** Those of the page that the visitor may delete. */
  removable: number[]
  maxMb: number
  refused?: { troubles: { name: string; message: string }[]; added: number }
}

export function LibraryPage({ page, list, search, removable, maxMb, refused }: LibraryPageProps): Html {
  const { media, next } = list
  return (
    <AdminLayout page={page} title={text('media.title')}>
      <h1>{text('media.title')}</h1>
      {refused && <Troubles {...refused} />}
      <form class="media-upload" method="post" action={paths.admin.media()} enctype="multipart/form-data">
        <div class="field">
          <label for="file">{text('media.add')}</label>
          <p class="hint" id="file-hint">
            {text('media.addHint', { megabytes: maxMb, most: mostFilesAtOnce })}
          </p>
          <input
            id="file"
            name="file"
            type="file"
            accept="image/jpeg,image/png,image/webp,image/gif"
            multiple
            required
            aria-describedby="file-hint"
          />
        </div>
        <button>{text('media.upload')}</button>
      </form>
      <Search search={search} />
      {media.length === 0 ? <Nothing search={search} /> : <Grid media={media} />}
      {search.show === 'unused' && removable.length > 0 && <RemoveUnused ids={removable} />}
      <Pager next={next && paths.admin.media({ ...queryOf(search), before: next })}>{text('media.earlier')}</Pager>
    </AdminLayout>
  )
}

function Troubles({ troubles, added }: NonNullable<LibraryPageProps['refused']>): Html {
  return (
    <div class="error-summary" role="alert">
      {troubles.map(({ name, message }) => (
        <p>
          {name && <strong>{name}: </strong>}
          {message}
        </p>
      ))}
      {added > 0 && <p>{text('media.othersAdded', { count: added })}</p>}
    </div>
  )
}

function Search({ search }: { search: MediaSearch }): Html {
  const choices = {
    '': text('media.showAll'),
    unused: text('media.showUnused'),
    earlier: text('media.showEarlier'),
    'without-alt': text('media.showWithoutAlt'),
  }
  return (
    <search class="media-search">
      <form method="get" action={paths.admin.media()}>
        <label for="q">{text('media.search')}</label>
        <div class="with-button">
          <input id="q" name="q" type="search" value={search.q} maxlength={100} />
          {search.show && <input type="hidden" name="show" value={search.show} />}
          <button class="second">{text('media.searchButton')}</button>
        </div>
      </form>
      <p class="inline-links">
        {Object.entries(choices).map(([show, words]) => (
          <a
            href={paths.admin.media({ ...(search.q && { q: search.q }), ...(show && { show }) })}
            aria-current={search.show === show ? 'true' : undefined}
          >
            {words}
          </a>
        ))}
      </p>
    </search>
  )
}

function Nothing({ search }: { search: MediaSearch }): Html {
  return (
    <p class="empty">{search.q || search.show || search.before ? text('media.noneLikeThat') : text('media.empty')}</p>
  )
}

function Grid({ media }: { media: ListedMedium[] }): Html {
  return (
    <ul class="media">
      {media.map((medium) => (
        <li>
          <a href={paths.admin.medium(medium.id)}>
            <Thumbnail medium={medium} />
            <span class="media-name">{shortened(medium.name)}</span>
          </a>
          <span class="quiet">{factsOf(medium).join(' · ')}</span>
        </li>
      ))}
    </ul>
  )
}

function factsOf({ width, height, is_animated, is_used, is_in_revision, alt }: ListedMedium): string[] {
  return [
    `${width} × ${height}`,
    is_animated ? text('media.moving') : [],
    is_used ? [] : is_in_revision ? text('media.inEarlierVersions') : text('media.unused'),
    alt ? [] : text('media.noAlt'),
  ].flat()
}

/** Its beginning and its end, where it would push the next row down. */
function shortened(name: string): string {
  const letters = [...name]
  return letters.length <= 40 ? name : `${letters.slice(0, 26).join('')}…${letters.slice(-12).join('')}`
}

function Thumbnail({ medium }: { medium: ListedMedium }): Html {
  const { address, width, height } = thumbnailOf(medium)
  return <img src={address} alt={medium.alt} width={width} height={height} loading="lazy" decoding="async" />
}

function RemoveUnused({ ids }: { ids: number[] }): Html {
  return (
    <section class="danger" aria-label={text('media.more')}>
      <details>
        <summary>{text('media.removeUnused', { count: ids.length })}</summary>
        <form method="post" action={paths.admin.mediaUnusedRemoval()}>
          <input type="hidden" name="ids" value={ids.join(',')} />
          <p>{text('media.removeUnusedNote')}</p>
          <button class="warning">{text('media.removeForGood')}</button>
        </form>
      </details>
    </section>
  )
}

function queryOf({ q, show }: MediaSearch): Record<string, string> {
  return { ...(q && { q }), ...(show && { show }) }
}
