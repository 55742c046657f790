// Somebody who is signed in connects an account of a service.
import { enqueue } from '../db/enqueue.ts'
import type { Provider } from '../provider-settings.ts'
import type { Door } from '../sessions/open-session.ts'
import type { Profile } from './profile.ts'
import { countConnections, findConnected, insertConnection, recordDeed, refreshConnection } from './queries.ts'
import type { Reason } from './refusal.ts'

const most = 20

/** `user_id` is who began it; the session must still be theirs. */
export async function connect(
  { app, request }: Door,
  provider: Provider,
  profile: Profile,
  user_id: number,
): Promise<'connected' | { refused: Reason }> {
  return await app.db.transaction().execute(async (db) => {
    const { ip } = request
    const refuse = async (reason: Reason) => {
      const actor = request.visitor?.id ?? null
      await recordDeed(db, { action: 'oauth.refused', user_id: actor, provider, ip, reason })
      return { refused: reason }
    }
    if (request.visitor?.id !== user_id) return await refuse('signed-out')
    const connected = await findConnected(db, provider, profile)
    if (connected && connected.user_id !== user_id) return await refuse('someone-elses')
    if (connected) {
      await refreshConnection(db, connected, profile)
      return 'connected'
    }
    if ((await countConnections(db, user_id)) >= most) return await refuse('too-many')
    await insertConnection(db, user_id, provider, profile)
    await recordDeed(db, { action: 'oauth.connected', user_id, provider, ip })
    await enqueue(db, 'send-connection-notice', { user_id, service: provider.label })
    return 'connected'
  })
}
