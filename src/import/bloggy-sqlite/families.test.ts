// Files of some families in empty blogs. Those of the others are in families.slow.test.ts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newBlog } from '../../../test/app.ts'
import { expectFamily, imported } from '../../../test/brought-families.ts'
import { dumpText, newPath, withBulk } from '../../../test/imported.ts'
import { buildFamily } from '../../../test/legacy/families.ts'

/** All but what tells that an import was here. */
const blogTables = /^public\.(?!imports$|audit_events$)/

describe('a file of the family', { concurrency: 3 }, () => {
  for (const family of ['F1', 'F5', 'F12'] as const)
    test(`${family} is in the blog, row by row`, () => expectFamily(family))

  test('F2 has no table left, so that nothing comes', async () => {
    const path = newPath()
    buildFamily(path, 'F2')
    const blog = await newBlog()
    const before = await withBulk(blog.target, (db) => dumpText(db, blogTables))
    const { code, stdout, stderr } = await imported(blog, path)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /The file holds no tables: every one was dropped\./)
    assert.equal(await withBulk(blog.target, (db) => dumpText(db, blogTables)), before)
  })
})
