export type Endings = {
  /** What is to be ended later. */
  add: (...endings: (() => Promise<unknown>)[]) => void
  /** Every step that began, the last first; also when one fails. */
  end: () => Promise<void>
}

export function newEndings(say: (line: string) => void): Endings {
  const endings: (() => Promise<unknown>)[] = []
  return {
    add: (...more) => void endings.push(...more),
    end: async () => {
      for (const ending of endings.splice(0).toReversed())
        await ending().catch((error: Error) => say(`While stopping: ${error.message}`))
    },
  }
}
