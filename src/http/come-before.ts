import type { IncomingMessage, Server, ServerResponse } from 'node:http'

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Puts a listener before the application of `server`, which is handed to it for what it does not answer itself. */
export function comeBefore(server: Server, listenerTo: (application: Listener) => Listener): void {
  const [application] = server.listeners('request') as Listener[]
  if (!application) throw new Error('The application comes before what is put before it.')
  server.removeListener('request', application)
  server.prependListener('request', listenerTo(application))
}
