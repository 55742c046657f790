// Every foreign key that leads to a row an import may have brought, by the table it leads to, and what it means for
// taking that row back. A test compares this with the database, so that a new table has to be thought of here.

type Meaning =
  /** People have built on the row: it stays. */
  | 'keeps it'
  /** A part of the row, which goes with it. */
  | 'goes with it'
  /** Says who did something; becomes NULL. */
  | 'forgets it'

export const references: Record<string, Record<string, Meaning>> = {
  users: {
    'posts.author_id': 'keeps it',
    'posts.updated_by': 'keeps it',
    'comments.author_id': 'keeps it',
    'comment_versions.replaced_by': 'keeps it',
    'user_roles.user_id': 'goes with it',
    'group_memberships.user_id': 'goes with it',
    'oauth_accounts.user_id': 'goes with it',
    'post_revisions.author_id': 'keeps it',
    'post_drafts.updated_by': 'keeps it',
    'post_authors.user_id': 'keeps it',
    'post_links.created_by': 'forgets it',
    'redirects.created_by': 'forgets it',
    'media.uploaded_by': 'keeps it',
    'theme_versions.created_by': 'forgets it',
    'post_bin.deleted_by': 'forgets it',
    'scheduled_posts.scheduled_by': 'forgets it',
    'reactions.user_id': 'keeps it',
    'sessions.user_id': 'goes with it',
    'known_places.user_id': 'goes with it',
    'half_sign_ins.user_id': 'goes with it',
    // Whoever set one up uses the account.
    'second_factors.user_id': 'keeps it',
    'recovery_codes.user_id': 'goes with it',
    'mail_tokens.user_id': 'goes with it',
    'registrations.user_id': 'goes with it',
    // Whoever made one has programs here.
    'api_tokens.user_id': 'keeps it',
    'idempotency_keys.user_id': 'goes with it',
    'subscriptions.user_id': 'goes with it',
    'comment_tellings.user_id': 'goes with it',
    'unsubscribe_tokens.user_id': 'goes with it',
    'user_roles.assigned_by': 'forgets it',
    'role_permissions.granted_by': 'forgets it',
    'imports.started_by': 'forgets it',
    'comment_reports.reporter_id': 'goes with it',
    // Keeps somebody out: whoever decided it knows more than an import.
    'bans.user_id': 'keeps it',
    'bans.created_by': 'forgets it',
    'old_user_slugs.user_id': 'goes with it',
    'email_changes.user_id': 'goes with it',
    'email_changes.asked_by': 'forgets it',
    'invitations.invited_by': 'forgets it',
    // Whoever took one up signed in here.
    'invitations.accepted_by': 'forgets it',
    'departures.user_id': 'goes with it',
    'departures.into_id': 'keeps it',
    'departures.begun_by': 'forgets it',
    // Whoever did something here stays for another reason; old events go by themselves.
    'audit_events.actor_id': 'forgets it',
  },
  posts: {
    'comments.post_id': 'keeps it',
    'post_tags.post_id': 'keeps it',
    'post_revisions.post_id': 'keeps it',
    'post_drafts.post_id': 'keeps it',
    'post_authors.post_id': 'keeps it',
    'post_links.post_id': 'keeps it',
    'old_slugs.post_id': 'keeps it',
    'post_bin.post_id': 'keeps it',
    'scheduled_posts.post_id': 'keeps it',
    'post_embeds.post_id': 'goes with it',
    'subscriptions.post_id': 'goes with it',
    'unsubscribe_tokens.post_id': 'goes with it',
    // Says what its text says.
    'media_uses.post_id': 'goes with it',
    'reactions.post_id': 'keeps it',
    // Made by jobs and triggers.
    'reaction_counts.post_id': 'goes with it',
    'post_digests.post_id': 'goes with it',
  },
  comments: {
    'comments.parent_id': 'keeps it',
    // Says what was changed here, which keeps the comment by itself.
    'comment_versions.comment_id': 'goes with it',
    'comment_reports.comment_id': 'goes with it',
    'guest_links.comment_id': 'goes with it',
    'subscriptions.thread_id': 'goes with it',
    'comment_tellings.comment_id': 'goes with it',
  },
  roles: {
    'user_roles.role_id': 'keeps it',
    'role_permissions.role_id': 'goes with it',
    'invitations.role_id': 'keeps it',
  },
  groups: { 'group_memberships.group_id': 'keeps it' },
  permissions: { 'role_permissions.permission_id': 'keeps it' },
  oauth_accounts: { 'oauth_tokens.oauth_account_id': 'goes with it' },
}

/** In SQL: something refers to a row of this table that keeps it. */
export function isBuiltOn(table: string, isMeant: (column: string) => boolean = () => true): string {
  const keepers = Object.entries(references[table] ?? {}).filter(
    ([column, meaning]) => meaning === 'keeps it' && isMeant(column),
  )
  const conditions = keepers.map(([path]) => {
    const [from = '', column = ''] = path.split('.')
    return `exists (select from ${from} as builder where builder.${column} = ${table}.id)`
  })
  return `(${conditions.join(' or ') || 'false'})`
}
