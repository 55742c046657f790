// One page that is told of changes as they happen, by server-sent events:
// https://html.spec.whatwg.org/multipage/server-sent-events.html
import type { ServerResponse } from 'node:http'

/** Bytes that may wait for a slow reader. Whoever has more is cut off, and catches up when they ask again. */
export const mostWaiting = 64 * 1024

export type Stream = {
  /** Ids of comments that changed; none for a sign of life. The cursor is what the page has seen with them. */
  tell: (cursor: string, ids: number[]) => void
  /** Not all can be told: the page has to be loaded again. */
  reset: (cursor: string) => void
  /** The reader comes back after so many milliseconds. */
  end: (retryMs: number) => void
}

export function openStream(raw: ServerResponse, headers: Record<string, unknown>): Stream {
  raw.writeHead(200, {
    ...(headers as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    // Proxies neither keep it, nor change it, nor wait for more.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  const write = (text: string) => {
    if (raw.destroyed || raw.writableEnded) return
    raw.write(text)
    if (raw.writableLength > mostWaiting) raw.destroy()
  }
  return {
    tell: (cursor, ids) => write(`id: ${cursor}\ndata: ${ids.join(' ')}\n\n`),
    reset: (cursor) => write(`event: reset\nid: ${cursor}\ndata:\n\n`),
    end: (retryMs) => {
      if (raw.destroyed || raw.writableEnded) return
      raw.end(`retry: ${retryMs}\n\n`)
      // Who does not take the end either is not waited for.
      setTimeout(() => raw.destroy(), 1000).unref()
    },
  }
}
