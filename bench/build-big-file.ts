// node bench/build-big-file.ts FILE [SCALE]: the file of `npm run bench:import`, in a process of its own.
import { buildBigFile } from './big-file.ts'

const [path, scale = '1'] = process.argv.slice(2)
if (!path) throw new Error('Say where: node bench/build-big-file.ts FILE [SCALE]')
const { bytes } = buildBigFile(path, Number(scale), ({ table, rows }) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${path}: ${table} ${rows.toLocaleString('en')}`)
})
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
console.log(`${path}: ${(bytes / 1e6).toFixed(0)} MB`)
