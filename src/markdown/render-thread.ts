import { parentPort } from 'node:worker_threads'
import { renderComment } from './comment.ts'
import { hasKnownCode } from './languages.ts'
import { renderMarkdown } from './render.ts'
import type { Answer, Question } from './renderer.ts'

// A text with code is answered twice: as it is, and in colours if they come in time.
parentPort?.on('message', async ({ markdown, surroundings, isComment }: Question) => {
  if (isComment) return answer({ rendered: renderComment(markdown), isLast: true })
  const isLast = !hasKnownCode(markdown)
  answer({ rendered: renderMarkdown(markdown, undefined, surroundings), isLast })
  if (isLast) return
  const { highlightFor } = await import('./highlight.ts')
  answer({ rendered: renderMarkdown(markdown, await highlightFor(markdown), surroundings), isLast: true })
})

function answer(message: Answer): void {
  parentPort?.postMessage(message)
}

// Loaded and listening.
parentPort?.postMessage('ready')
