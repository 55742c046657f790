import type { Html } from './jsx-runtime.ts'

/** The name with its mark: a line of writing that becomes a speech bubble. */
export function Wordmark(): Html {
  return (
    <span class="wordmark">
      <Mark /> Bloggy
    </span>
  )
}

export function Mark(): Html {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="20" height="20" aria-hidden="true" focusable="false">
      <path fill="currentColor" d="M7 3h18a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5H14l-7 6v-6a5 5 0 0 1-5-5V8a5 5 0 0 1 5-5Z" />
      <path fill="none" stroke="var(--paper)" stroke-width="2.6" stroke-linecap="round" d="M9 10.5h14M9 16.5h8" />
    </svg>
  )
}
