// npm run bench:render: texts to pages, beside bare markdown-it in the same run. Figures are times of the processor; see
// docs/performance.md.
import MarkdownIt from 'markdown-it'
import { renderMarkdown } from '../src/markdown/render.ts'
import { noSurroundings } from '../src/markdown/surroundings.ts'
import { mutations } from '../test/hostile-markdown.ts'
import { range, spread } from './figures.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 9)

const floor = new MarkdownIt({ html: true, linkify: true, typographer: true })

const prose = `## What we bought

A *plain* sentence with a [link](https://a.example), \`code\`, "quotation marks" -- and a dash, as people write them. It
goes on for a while, because paragraphs do, and ends with a note.[^1]

- [x] a thing
- [ ] another thing, which is **important**

> Somebody said so.

| Lamp  | Price |
|:------|------:|
| brass |    40 |

https://other.example/page

[^1]: In the second shop.

`
const formulas = 'The area is $\\pi r^2$, and\n\n$$\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n$$\n\n'

const next = mutations(8)
let hostile = ''
while (hostile.length < 1_000_000) {
  const text = `${next()}\n\n`
  // A fence or a comment left open makes plain words of all that follows.
  if (floor.render(`${text}end`).endsWith('<p>end</p>\n')) hostile += text
}

const texts = [
  { name: 'a post of 5 KB', text: prose.repeat(20).slice(0, 5000), times: 40 },
  { name: 'the same with ten formulas', text: (formulas.repeat(10) + prose.repeat(20)).slice(0, 5000), times: 20 },
  { name: 'a hostile text of 1 MB', text: hostile.slice(0, 1_000_000), times: 1 },
  { name: '1 MB of brackets', text: '['.repeat(1_000_000), times: 1 },
  {
    name: '1 MB of prose',
    text: prose
      .replace('[^1]', '')
      .replace(/\[\^1\].*/, '')
      .repeat(2200)
      .slice(0, 1_000_000),
    times: 1,
  },
]

console.log('| text | Bloggy, ms | markdown-it, ms | ratio, median (least to most) |')
console.log('|---|---|---|---|')
for (const { name, text, times } of texts) {
  const figures = { bloggy: [] as number[], floor: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    const bare = busyMs(() => floor.render(text), times)
    const whole = busyMs(() => renderMarkdown(text, undefined, noSurroundings), times)
    // The first round warms both up.
    if (round === 0) continue
    figures.floor.push(bare)
    figures.bloggy.push(whole)
  }
  const ratios = figures.bloggy.map((figure, round) => figure / (figures.floor[round] ?? 1))
  const digits = times > 1 ? 2 : 0
  const cells = [range(spread(figures.bloggy), digits), range(spread(figures.floor), digits), range(spread(ratios), 1)]
  console.log(`| ${name} | ${cells.join(' | ')} |`)
}

/** Other programs on a busy machine count as little as they can. */
function busyMs(work: () => unknown, times: number): number {
  const begun = process.threadCpuUsage()
  for (let time = 0; time < times; time++) work()
  const { user, system } = process.threadCpuUsage(begun)
  return (user + system) / 1000 / times
}
