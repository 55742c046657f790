// Written by `bloggy write-schema` from the migrated database. Do not edit.
import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely'

export type Schema = {
  api_tokens: {
    id: Generated<number>
    user_id: number
    name: string
    token_hash: Buffer
    ending: string
    scopes: string
    created_at: Generated<Date>
    expires_at: Date | null
    last_used_at: Date | null
    last_used_from: string | null
  }
  archive_months: {
    month: string
    posts: number
  }
  attempts: {
    key: string
    count: number
    window_ends_at: Date
  }
  audit_events: {
    id: Generated<number>
    created_at: Generated<Date>
    actor_id: number | null
    action: string
    subject_type: string | null
    subject_id: number | null
    client_ip: string | null
    origin: Generated<string>
    description: Generated<string>
    details: Generated<object>
    token_name: string | null
  }
  backups: {
    id: Generated<number>
    begun_at: Generated<Date>
    ended_at: Date | null
    name: string
    bytes: number | null
    rows: number | null
    is_encrypted: Generated<boolean>
    error: string | null
  }
  bans: {
    id: Generated<number>
    user_id: number | null
    network: string | null
    reason: string
    created_at: Generated<Date>
    created_by: number | null
    expires_at: Date | null
    lifted_at: Date | null
    email: string | null
  }
  comment_changes: {
    post_id: number
    xid: Generated<string>
    comment_id: number
    at: Generated<Date>
  }
  comment_reports: {
    id: Generated<number>
    comment_id: number
    reporter_id: number | null
    network_hash: Buffer | null
    reason: string
    words: Generated<string>
    created_at: Generated<Date>
    settled_by: number | null
    settled_at: Date | null
  }
  comment_tellings: {
    user_id: number | null
    comment_id: number
    told_at: Generated<Date>
    mailed_at: Date | null
    id: Generated<number>
    guest_id: number | null
  }
  comment_versions: {
    comment_id: number
    number: number
    body: string
    body_format: string
    replaced_at: Generated<Date>
    replaced_by: number | null
  }
  comments: {
    id: Generated<number>
    post_id: number
    author_id: number | null
    body: string
    version: Generated<number>
    submission_key: string | null
    created_at: Generated<Date>
    edited_at: Date | null
    parent_id: number | null
    root_id: number | null
    root_at: Date | null
    path: Generated<Buffer>
    body_format: Generated<string>
    body_html: Generated<string>
    state: Generated<string>
    deleted_at: Date | null
    shown: Generated<string>
    held_for: string | null
    guest_id: number | null
  }
  comments_to_tell: {
    comment_id: number
    at: Generated<Date>
  }
  departures: {
    user_id: number
    kind: string
    into_id: number | null
    posts: string
    comments: string
    begun_by: number | null
    client_ip: string | null
    begun_at: Generated<Date>
  }
  email_changes: {
    user_id: number
    email: string
    token_hash: Buffer | null
    asked_by: number | null
    expires_at: Date
  }
  embeds: {
    address: string
    title: string | null
    description: Generated<string>
    author_name: Generated<string>
    site_name: Generated<string>
    tries: Generated<number>
    expires_at: Date | null
  }
  group_memberships: {
    id: Generated<number>
    user_id: number
    group_id: number
    created_at: Generated<Date>
    updated_at: Generated<Date>
  }
  groups: {
    id: Generated<number>
    name: string
    description: Generated<string>
    created_at: Generated<Date>
    updated_at: Generated<Date>
  }
  guest_links: {
    token_hash: Buffer
    comment_id: number
    expires_at: Date
  }
  guests: {
    id: Generated<number>
    name: string
    email: string
    created_at: Generated<Date>
    confirmed_at: Date | null
  }
  half_sign_ins: {
    token_hash: Buffer
    user_id: number
    is_kept: boolean
    next: string
    tries: Generated<number>
    expires_at: Date
  }
  hub_pings: {
    post_id: number
    asked_at: Generated<Date>
  }
  idempotency_keys: {
    user_id: number
    key: string
    request_hash: Buffer
    status: number
    answer: string
    created_at: Generated<Date>
  }
  import_blocks: {
    chain_id: number
    source_table: string
    first_key: number
    last_key: number
    import_id: number
    keys: Buffer
    checksums: Buffer
  }
  import_leftovers: {
    id: Generated<number>
    import_id: number
    source_table: string
    source_key: number | null
    source_column: string | null
    reason: string
    data: JSONColumnType<object>
  }
  import_rows: {
    chain_id: number
    source_table: string
    source_key: number
    import_id: number
    fate: string
    target_id: number | null
    checksum: number
    changes: string | null
    original: JSONColumnType<object> | null
  }
  imports: {
    id: Generated<number>
    source: string
    continues_id: number | null
    file_name: string
    file_bytes: number
    fingerprint: string
    family: string
    state: Generated<string>
    is_rehearsal: Generated<boolean>
    options: Generated<object>
    progress: Generated<object>
    step: JSONColumnType<object> | null
    report: JSONColumnType<object> | null
    error: string | null
    started_by: number | null
    started_at: Generated<Date>
    updated_at: Generated<Date>
    finished_at: Date | null
  }
  invitations: {
    id: Generated<number>
    email: string
    role_id: number
    token_hash: Buffer | null
    invited_by: number | null
    created_at: Generated<Date>
    expires_at: Date
    accepted_at: Date | null
    accepted_by: number | null
    revoked_at: Date | null
  }
  known_places: {
    user_id: number
    place: string
    seen_at: Generated<Date>
  }
  mail_tokens: {
    token_hash: Buffer
    user_id: number
    purpose: string
    created_at: Generated<Date>
    expires_at: Date
    registration_id: number | null
  }
  media: {
    id: Generated<number>
    key: string
    name: string
    alt: Generated<string>
    files_id: number
    version: Generated<number>
    uploaded_by: number | null
    created_at: Generated<Date>
    updated_at: Generated<Date>
  }
  media_files: {
    id: Generated<number>
    content_hash: Buffer
    place: string
    width: number
    height: number
    is_animated: boolean
    sizes: JSONColumnType<object>
    tones: string | null
    created_at: Generated<Date>
  }
  media_uses: {
    media_id: number
    post_id: number
    part: string
  }
  oauth_accounts: {
    id: Generated<number>
    user_id: number
    provider: string
    provider_user_id: string
    email: string | null
    name: string | null
    picture: string | null
    profile_data: JSONColumnType<object> | null
    created_at: Date | null
    last_login_at: Date | null
  }
  oauth_starts: {
    state_hash: Buffer
    browser_hash: Buffer
    provider: string
    verifier: string
    nonce: string
    next: string
    is_kept: boolean
    user_id: number | null
    expires_at: Date
  }
  oauth_tokens: {
    id: Generated<number>
    oauth_account_id: number
    access_token_encrypted: string
    refresh_token_encrypted: string | null
    token_type: Generated<string>
    scope: string | null
    access_token_expires_at: Date | null
    refresh_token_expires_at: Date | null
    created_at: Date | null
    updated_at: Date | null
  }
  old_slugs: {
    slug: string
    post_id: number
    created_at: Generated<Date>
  }
  old_user_slugs: {
    slug: string
    user_id: number
    created_at: Generated<Date>
  }
  owner_turns: {
    id: Generated<boolean>
  }
  page_changes: {
    xid: Generated<string>
    key: string
    at: Generated<Date>
  }
  permissions: {
    id: Generated<number>
    name: GeneratedAlways<string>
    resource: string
    action: string
    scope: Generated<string>
    description: Generated<string>
    created_at: Generated<Date>
  }
  post_authors: {
    post_id: number
    user_id: number
    position: Generated<number>
    published_at: Date | null
  }
  post_bin: {
    post_id: number
    published_at: Date | null
    deleted_at: Generated<Date>
    deleted_by: number | null
  }
  post_digests: {
    post_id: number
    of_version: number
    reading_minutes: number
    related_ids: Generated<object>
  }
  post_drafts: {
    post_id: number
    title: string
    body: string
    body_format: string
    tags: Generated<string>
    updated_at: Generated<Date>
    updated_by: number | null
    details: Generated<object>
    body_html: string | null
  }
  post_embeds: {
    post_id: number
    address: string
    is_shown: boolean
  }
  post_links: {
    id: Generated<number>
    post_id: number
    token_hash: Buffer
    created_at: Generated<Date>
    created_by: number | null
    expires_at: Date | null
    note: Generated<string>
    submission_key: string | null
  }
  post_revisions: {
    id: Generated<number>
    post_id: number
    number: number
    kind: string
    title: string
    body: string
    body_format: string
    tags: Generated<string>
    name: string | null
    author_id: number | null
    created_at: Generated<Date>
    details: Generated<object>
    lost: Generated<number>
    is_kept: Generated<boolean>
  }
  post_tags: {
    post_id: number
    tag_id: number
    position: Generated<number>
    published_at: Date | null
  }
  posts: {
    id: Generated<number>
    slug: string
    title: string
    body: string
    body_format: Generated<string>
    body_html: string
    excerpt: Generated<string>
    author_id: number | null
    published_at: Date | null
    version: Generated<number>
    submission_key: string | null
    created_at: Generated<Date>
    updated_at: Generated<Date>
    updated_by: number | null
    renderer_version: Generated<number>
    kind: Generated<string>
    visibility: Generated<string>
    language: Generated<string>
    own_excerpt: Generated<string>
    canonical_url: Generated<string>
    picture_url: Generated<string>
    picture_alt: Generated<string>
    series_id: number | null
    series_part: number | null
    has_chosen_slug: Generated<boolean>
    reactions: Generated<string>
    comments_are_open: Generated<boolean>
  }
  reaction_counts: {
    post_id: number
    kind: string
    slot: number
    people: number
  }
  reactions: {
    post_id: number
    user_id: number | null
    guest_hash: Buffer | null
    kind: string
    created_at: Generated<Date>
  }
  recovery_codes: {
    user_id: number
    code_hash: Buffer
  }
  redirects: {
    id: Generated<number>
    from_path: string
    to_address: string
    created_at: Generated<Date>
    created_by: number | null
    to_path: string | null
  }
  registrations: {
    id: Generated<number>
    user_id: number
    name: string
    password_hash: string
    created_at: Generated<Date>
  }
  role_permissions: {
    id: Generated<number>
    role_id: number
    permission_id: number
    granted_at: Generated<Date>
    granted_by: number | null
  }
  roles: {
    id: Generated<number>
    name: string
    description: Generated<string>
    created_at: Generated<Date>
    requires_second_factor: Generated<boolean>
  }
  scheduled_posts: {
    post_id: number
    appears_at: Date
    scheduled_by: number | null
  }
  schema_migrations: {
    name: string
    checksum: string
    applied_at: Generated<Date>
    expands: Generated<boolean>
  }
  search_languages: {
    config: string
  }
  search_posts: {
    post_id: number
    audience: string
    published_at: Date
    version: number
    made_by: number
    config: string
    title_words: string
    words: string
    body: string
  }
  search_queue: {
    id: Generated<number>
    post_id: number
  }
  search_state: {
    id: Generated<boolean>
    swept_to: number | null
    imports_seen: Generated<number>
  }
  search_words: {
    word: string
    folded: string
    posts: number
    witness: number
  }
  second_factors: {
    user_id: number
    secret_encrypted: string
    confirmed_at: Date | null
    begun_by: Buffer | null
    begun_at: Generated<Date>
    last_step: Generated<number>
  }
  series: {
    id: Generated<number>
    slug: string
    title: string
    created_at: Generated<Date>
  }
  sessions: {
    token_hash: Buffer
    user_id: number
    created_at: Generated<Date>
    expires_at: Date
    ip: string | null
    user_agent: Generated<string>
    id: Generated<string>
    last_seen_at: Generated<Date>
  }
  settings: {
    id: Generated<boolean>
    title: Generated<string>
    description: Generated<string>
    language: Generated<string>
    registration_is_open: Generated<boolean>
    comments_are_open: Generated<boolean>
    set_up_at: Date | null
    version: Generated<number>
    time_zone: Generated<string>
    menu: Generated<string>
    hub_url: Generated<string>
    security_contact: Generated<string>
    has_llms_txt: Generated<boolean>
    reactions: Generated<string>
    related_posts_are_shown: Generated<boolean>
    theme_number: Generated<number>
    logo_id: number | null
    comment_edit_minutes: Generated<number>
    comments_close_after_days: Generated<number>
    comments_wait: Generated<string>
    comment_links_wait: Generated<number>
    comment_words_wait: Generated<string>
    comment_words_spam: Generated<string>
    moderation_log_is_public: Generated<boolean>
    form_secret: Generated<string>
    guests_may_comment: Generated<boolean>
    spam_check_address: Generated<string>
    spam_check_key: Generated<string>
    comments_are_live: Generated<boolean>
  }
  setup_links: {
    token_hash: Buffer
    created_at: Generated<Date>
  }
  sitemap_runs: {
    first_part: number
    last_part: number
  }
  subscriptions: {
    id: Generated<number>
    user_id: number | null
    post_id: number
    thread_id: number | null
    is_muted: Generated<boolean>
    created_at: Generated<Date>
    guest_id: number | null
  }
  tag_counts: {
    tag_id: number
    posts: number
  }
  tags: {
    id: Generated<number>
    slug: string
    name: string
    created_at: Generated<Date>
  }
  theme_versions: {
    number: number
    theme: JSONColumnType<object>
    created_at: Generated<Date>
    created_by: number | null
  }
  unsubscribe_tokens: {
    token_hash: Buffer
    user_id: number | null
    post_id: number
    created_at: Generated<Date>
    guest_id: number | null
  }
  user_roles: {
    id: Generated<number>
    user_id: number
    role_id: number
    assigned_at: Generated<Date>
    assigned_by: number | null
  }
  users: {
    id: Generated<number>
    email: string | null
    name: string
    slug: string
    password_hash: string | null
    state: Generated<string>
    email_confirmed_at: Date | null
    first_name: string | null
    last_name: string | null
    created_at: Generated<Date>
    updated_at: Generated<Date>
    links: Generated<string>
    about: Generated<string>
    is_told_of_comments: Generated<boolean>
    is_told_of_sign_ins: boolean | null
  }
}
