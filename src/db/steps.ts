import type { FastifyBaseLogger } from 'fastify'

/** Answers how much it did, where there may be more to do. */
export type Steps = Record<string, () => Promise<number | void>>

/** Twenty of them are less than a job may take (job-runner.ts); what is left waits for the next time. */
const stepMs = 20_000

/**
 * Does each step until there is nothing more to do. One that fails is logged and keeps none of the others from being done;
 * the job fails after all of them, so that it is done again.
 */
export async function doEach(steps: Steps, logger: FastifyBaseLogger): Promise<void> {
  const failed: string[] = []
  for (const [step, work] of Object.entries(steps)) {
    const endsAt = Date.now() + stepMs
    try {
      while (((await work()) ?? 0) > 0 && Date.now() < endsAt);
    } catch (error) {
      failed.push(step)
      logger.warn({ step, reason: (error as Error).message }, 'a step failed')
    }
  }
  if (failed.length > 0) throw new Error(`Not done: ${failed.join(', ')}.`)
}
