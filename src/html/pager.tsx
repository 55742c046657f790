import { text } from '../texts/texts.ts'
import type { Html } from './jsx-runtime.ts'

/** The way to the next page of a list, where there is one. */
export function Pager({
  next,
  label = text('html.pages'),
  children,
}: {
  next: string | 0 | undefined
  label?: string
  children: string
}): Html {
  if (!next) return <></>
  return (
    <nav class="pager" aria-label={label}>
      <a rel="next" href={next}>
        {children}
      </a>
    </nav>
  )
}
