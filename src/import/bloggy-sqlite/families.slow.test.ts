// Files of the families that families.test.ts leaves out, in empty blogs.
import { describe, test } from 'node:test'
import { expectBrought, expectFamily } from '../../../test/brought-families.ts'
import { newPath } from '../../../test/imported.ts'
import { buildBackup, buildFamily, families } from '../../../test/legacy/families.ts'

const quick = ['F1', 'F2', 'F5', 'F12']

describe('a file of the family', { concurrency: 3 }, () => {
  for (const family of families) {
    if (quick.includes(family)) continue
    test(`${family} is in the blog, row by row`, () => expectFamily(family))
  }

  test('F12 may be in UTF-16, in small pages', async () => {
    const path = newPath()
    const written = buildFamily(path, 'F12', { encoding: 'UTF-16le', pageSize: 512 })
    await expectBrought(path, written)
  })

  test('F12 as the old move to PostgreSQL left it moves the counters only', async () => {
    const path = newPath()
    const written = buildBackup(path)
    await expectBrought(path, written)
  })
})
