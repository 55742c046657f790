import { parseArgs } from 'node:util'

export type Options = {
  seconds: number
  rounds: number
  /** Each list of words chooses the figures that have them all. */
  only: string[][]
  json: string | undefined
  isGrowth: boolean
  growthPosts: number
  /** The page to look into, and the file for what is found. */
  profile: string | undefined
  out: string | undefined
  mostForeign: number
  repeats: number
  patience: number
  logLevel: string
}

export const help = `npm run bench [-- options]: Bloggy beside a floor in the same run. See docs/performance.md.

  --only WORDS       the figures whose names have all these words; a comma begins another choice: "cached post, start"
  --seconds N        of each run (2)
  --rounds N         of each figure, Bloggy and its floor in turns (5)
  --json FILE        for the figures (bench/results/latest.json)
  --growth           instead: each page of readers among 1,000,000 posts beside the same among 1,000
  --growth-posts N   so many instead of 1,000,000
  --profile PAGE     instead: a flame graph of front, post, tag, feed, search, cached-post or comments under load
  --out FILE         for the flame graph (bench/results/PAGE.html, and PAGE.cpuprofile beside it)
  --most-foreign N   percent of the machine that other programs may take; a run with more is repeated (10)
  --repeats N        of a run that was disturbed (2)
  --patience N       seconds to wait for a quiet machine before the first run (10)
  --log-level LEVEL  of Bloggy, as LOG_LEVEL (info, which is a line for each request)
  --help             this
`

/** Throws an Error for the terminal when the words make no sense; undefined when help is asked for. */
export function readOptions(words: string[]): Options | undefined {
  const text = (fallback?: string) =>
    ({ type: 'string', ...(fallback !== undefined && { default: fallback }) }) as const
  const { values } = parseArgs({
    args: words,
    options: {
      only: text(''),
      seconds: text('2'),
      rounds: text('5'),
      json: text(),
      growth: { type: 'boolean', default: false },
      'growth-posts': text('1000000'),
      profile: text(),
      out: text(),
      'most-foreign': text('10'),
      repeats: text('2'),
      patience: text('10'),
      'log-level': text('info'),
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const whole = (name: string, given: string | undefined, least: number) => {
    const number = Number(given)
    if (!/^\d{1,9}$/.test(given ?? '') || number < least)
      throw new Error(`--${name} is a whole number from ${least} on.`)
    return number
  }
  const choices = (values.only ?? '').toLowerCase().split(',')
  return {
    seconds: whole('seconds', values.seconds, 1),
    rounds: whole('rounds', values.rounds, 1),
    only: choices.map((words) => words.split(/\s+/).filter(Boolean)).filter(({ length }) => length > 0),
    json: values.json,
    isGrowth: values.growth === true,
    growthPosts: whole('growth-posts', values['growth-posts'], 2000),
    profile: values.profile,
    out: values.out,
    mostForeign: whole('most-foreign', values['most-foreign'], 1),
    repeats: whole('repeats', values.repeats, 0),
    patience: whole('patience', values.patience, 0),
    logLevel: values['log-level'] ?? 'info',
  }
}

export function isChosen(name: string, only: string[][]): boolean {
  const words = new Set(name.toLowerCase().split(/[\s,]+/))
  return only.length === 0 || only.some((choice) => choice.every((word) => words.has(word)))
}
