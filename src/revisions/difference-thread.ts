import { parentPort } from 'node:worker_threads'
import type { Answer, Question } from './compare.ts'
import { layOut, slowDifference } from './difference.ts'

parentPort?.on('message', ({ before, after }: Question) => {
  const pieces = slowDifference(before, after)
  parentPort?.postMessage((pieces && layOut(pieces)) satisfies Answer)
})

// Loaded and listening.
parentPort?.postMessage('ready')
