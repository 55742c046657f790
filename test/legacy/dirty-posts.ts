// Posts, comments and events with everything that other tools may have left in them.
import { type Dirt, type DirtyRow, type Marked, changed, copied, setAside } from './marks.ts'
import { datedPosts } from './dirty-moments.ts'

export const dirtyPosts: Marked[] = [
  copied('plain', post(1)),
  copied('nobody wrote it', post(2, { user: null })),
  changed('a user that the file does not have', 'author-missing', post(3, { user: 9999 }), {
    becomes: { author_id: null },
  }),
  changed('a word for a user', 'author-missing', post(4, { user: 'abc' }), { becomes: { author_id: null } }),
  changed('bytes for a user', 'author-missing', post(5, { user: Buffer.from([1]) }), { becomes: { author_id: null } }),
  changed('a user with a negative id that is not there', 'author-missing', post(6, { user: -7 })),
  changed('a user beyond 2^53 that is not there', 'author-missing', post(7, { user: 9_007_199_254_740_993n })),
  changed('a user in text', 'text-to-number', post(8, { user: '1 ' }), { becomes: { author_id: 1 } }),
  copied('a user as a real number', post(9, { user: { real: 1 } }), { becomes: { author_id: 1 } }),
  copied('by the user whose id is 0, which gets another', post(10, { user: 0 })),
  copied('by the user whose id is beyond 2^31', post(11, { user: 3_000_000_000 }), {
    becomes: { author_id: 3_000_000_000 },
  }),
  changed('no title', 'text-missing', post(12, { title: null }), { becomes: { title: '' } }),
  changed('no text', 'text-missing', post(13, { text: null }), { becomes: { body: '' } }),
  changed('neither title nor text', 'text-missing', post(14, { title: null, text: null })),
  copied('an empty title', post(15, { title: '' })),
  copied('a title longer than its column, counted in characters', post(16, { title: '🚀'.repeat(600) })),
  changed('a number for a title', 'number-to-text', post(17, { title: 42 }), { becomes: { title: '42' } }),
  changed('a real number for a title', 'number-to-text', post(18, { title: { real: 1.5 } }), {
    becomes: { title: '1.5' },
  }),
  changed('bytes for a title', 'bytes-to-text', post(19, { title: Buffer.from('Hällo') }), {
    becomes: { title: 'Hällo' },
  }),
  changed(
    'bytes for a text that are no text',
    'bytes-to-text not-utf8 nul-removed',
    post(20, { text: Buffer.from([0xff, 0, 0xfe]) }),
    { leftovers: ['not-utf8', 'nul-removed'], becomes: { body: 'ÿþ' } },
  ),
  changed('a NUL in the middle', 'nul-removed', post(21, { text: 'before\0after' }), {
    leftovers: ['nul-removed'],
    becomes: { body: 'beforeafter' },
  }),
  changed('nothing but NULs', 'nul-removed', post(22, { title: '\0\0' }), {
    leftovers: ['nul-removed'],
    becomes: { title: '' },
  }),
  broken(23, 'Latin-1', '636166e9', 'café'),
  broken(24, 'a sequence cut off', 'e4bda0e5', '你å'),
  broken(25, 'half a surrogate pair', 'eda080', 'í\u00a0€'),
  broken(26, 'a slash written too long', 'c0af', 'À¯'),
  broken(27, 'a byte that Windows-1252 leaves undefined', '618162', 'a\ufffdb'),
  broken(28, 'beyond the last character', 'f5808080', 'õ€€€'),
  changed('a NUL and Latin-1', 'not-utf8 nul-removed', post(29, { text: { textOf: 'e900e8' } }), {
    leftovers: ['not-utf8', 'nul-removed'],
    becomes: { body: 'éè' },
  }),
  copied('a real U+FFFD', post(30, { text: 'what \ufffd was lost before' }), {
    becomes: { body: 'what \ufffd was lost before' },
  }),
  copied('UTF-8 that was read as Latin-1 long ago', post(31, { text: 'CafÃ© â€œquotedâ€\u009d' })),
  copied('line ends of all kinds', post(32, { text: 'a\r\nb\rc\nd\u2028e\u0085f\r\n\r\n' })),
  copied('what COPY takes for its own', post(33, { text: '\\.\n\\N\t\\x41\\\\\n\\.' })),
  copied('a byte order mark, and what is no character', post(34, { text: '\ufeffstart \uffff \ufdd0' })),
  copied('three megabytes', post(35, { text: 'Ein langer Tag. 長い一日。\r\n'.repeat(75_000) })),
  copied('markup', post(36, { title: '<b>"Bold"</b> & \'more\'', text: '<script>alert(1)</script>' })),
  copied('Chinese', post(37, { title: '测试文章', text: '这是中文内容。' })),
  copied('columns that Bloggy does not know', post(38, { likes: 12, 'Mixed "Name"': "it's", published: 'T' }), {
    leftovers: ['unknown-column'],
  }),
  copied('one of them', post(39, { published: 'F' }), { leftovers: ['unknown-column'] }),
  copied('bytes in one of them', post(40, { likes: Buffer.from([0, 255]) }), { leftovers: ['unknown-column'] }),
  copied('no text in one of them', post(41, { 'Mixed "Name"': { textOf: 'ff00' } }), { leftovers: ['unknown-column'] }),
  copied('infinity in one of them', post(42, { likes: { real: Infinity } }), { leftovers: ['unknown-column'] }),
  copied('other words for yes and no', post(43, { published: 'true', likes: 0 }), { leftovers: ['unknown-column'] }),
  changed('all at once', 'text-missing date-missing author-missing', post(44, { title: null, date: '', user: 'x' })),
  ...datedPosts,
  changed('0 for an id', 'new-id', post(0)),
  changed('a negative id', 'new-id', post(-5)),
  copied('beyond 2^31', post(3_000_000_000)),
  copied('the last id that is kept', post(2 ** 48)),
  changed('one beyond it', 'new-id', post(2 ** 48 + 1)),
  changed('one near the end of what JavaScript counts', 'new-id', post(2 ** 52)),
  setAside('beyond what a number of JavaScript holds', 'id-out-of-range', post(9_007_199_254_740_993n)),
]

export const dirtyComments: Marked[] = [
  copied('plain', comment(1)),
  copied('nobody said it', comment(2, { user: null })),
  setAside('of a post that is not there', 'post-missing', comment(3, { post: 9999 })),
  setAside('of no post', 'post-missing', comment(4, { post: null })),
  setAside('of a missing post by a missing user', 'post-missing', comment(5, { post: 9999, user: 9999 })),
  setAside('of a word', 'post-missing', comment(6, { post: 'abc' })),
  setAside('of a fraction', 'post-missing', comment(7, { post: { real: 1.5 } })),
  changed('of a post in text', 'text-to-number', comment(8, { post: '1 ' }), { becomes: { post_id: 1 } }),
  changed('by a user that is not there', 'author-missing', comment(9, { user: 9999 }), {
    becomes: { author_id: null },
  }),
  changed('no text', 'text-missing', comment(10, { text: null }), { becomes: { body: '' } }),
  changed('no moment', 'date-missing', comment(11, { date: null }), {
    becomes: { created_at: '1970-01-01T00:00:00.000000Z' },
  }),
  changed('neither author nor moment', 'author-missing date-missing', comment(12, { user: 'x', date: ' ' })),
  changed('bytes', 'bytes-to-text', comment(13, { text: Buffer.from('bytes 字') }), { becomes: { body: 'bytes 字' } }),
  changed('Latin-1', 'not-utf8', comment(14, { text: { textOf: 'fc626572' } }), {
    leftovers: ['not-utf8'],
    becomes: { body: 'über' },
  }),
  changed('seconds', 'date-from-seconds', comment(15, { date: 1_760_277_802 }), {
    becomes: { created_at: '2025-10-12T14:03:22.000000Z' },
  }),
  copied('of the post whose id is -5, which gets another', comment(16, { post: -5 })),
  copied('of the post whose id is 0, which gets another', comment(17, { post: 0 })),
  setAside('of the post whose id no number holds', 'post-missing', comment(18, { post: 9_007_199_254_740_993n })),
  copied('of the post beyond 2^31', comment(19, { post: 3_000_000_000 }), { becomes: { post_id: 3_000_000_000 } }),
  setAside('the row before is right, and this post is not there', 'post-missing', comment(20, { post: 3_000_000_001 })),
  changed('0 for an id', 'new-id', comment(0)),
  setAside('the lowest id there is', 'id-out-of-range', comment(-9_223_372_036_854_775_808n)),
  copied('beyond 2^31', comment(3_000_000_000)),
]

export const dirtyEvents: Marked[] = [
  copied('the words of the framework', event(1)),
  copied('of nobody', event(2, { user: null })),
  changed('of a user that is not there', 'author-missing', event(3, { user: 9999 }), { becomes: { actor_id: null } }),
  changed('no description', 'text-missing', event(4, { description: null }), { becomes: { description: '' } }),
  changed('no origin', 'text-missing', event(5, { origin: null }), { becomes: { origin: '' } }),
  changed('an address as a number', 'number-to-text', event(6, { client_ip: 2_130_706_433 }), {
    becomes: { client_ip: '2130706433' },
  }),
  changed('Latin-1', 'not-utf8', event(7, { description: { textOf: '4de96c' } }), {
    leftovers: ['not-utf8'],
    becomes: { description: 'Mél' },
  }),
  changed('no moment that can be read', 'date-unreadable', event(8, { created_at: 'yesterday' }), {
    leftovers: ['no-home'],
    becomes: { created_at: '1970-01-01T00:00:00.000000Z' },
  }),
  copied('an address longer than its column', event(9, { client_ip: '::1, '.repeat(150) })),
  copied('beyond 2^31', event(3_000_000_000)),
]

function post(id: number | bigint, more: Record<string, Dirt> = {}): DirtyRow {
  return { id, title: `Post ${id}`, text: `Text of ${id}`, date: '2025-10-12 14:03:22', user: 1, ...more }
}

function broken(id: number, note: string, hex: string, body: string): Marked {
  return changed(note, 'not-utf8', post(id, { text: { textOf: hex } }), { leftovers: ['not-utf8'], becomes: { body } })
}

function comment(id: number | bigint, more: Record<string, Dirt> = {}): DirtyRow {
  return { id, text: `Comment ${id}`, date: '2025-10-12 15:00:00', user: 1, post: 1, ...more }
}

function event(id: number, more: Record<string, Dirt> = {}): DirtyRow {
  const stamps = { created_at: '2025-10-12 14:03:22', updated_at: '2025-10-12 14:03:22' }
  return { id, ...stamps, client_ip: '127.0.0.1', origin: 'auth', description: 'User {id} logged in', user: 1, ...more }
}
