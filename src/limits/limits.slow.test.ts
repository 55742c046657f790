// What limits.test.ts says of one door, for those that work out a password at each attempt.
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { newBlog, testApp } from '../../test/app.ts'
import { testLimits } from '../../test/database.ts'
import { countsBehindProxy, countsInSpiteOfHeaders, countsNetworks, doors } from '../../test/limited-doors.ts'

const blog = await testApp()
const behindProxy = await newBlog({ TRUSTED_PROXIES: '127.0.0.1' }, { ...blog, limits: testLimits })
const blogs = { blog, behindProxy }

beforeEach(() => sql`delete from attempts`.execute(blog.db))

for (const name of ['signing in', 'registering'] as const)
  describe(name, () => {
    test('is limited for a whole /64, and for no more', () => countsNetworks(blogs, doors[name]))
    test('is not forgotten for a header that nobody trusted sends', () => countsInSpiteOfHeaders(blogs, doors[name]))
    test('behind a proxy counts the address that the proxy adds, and nothing before it', () =>
      countsBehindProxy(blogs, doors[name]))
  })
