import { parentPort, workerData } from 'node:worker_threads'
import { openPath } from './open.ts'
import { type Recognised, recognise } from './recognise.ts'
import { type Refusal, RefusedFile } from './refused-file.ts'

export type FromInspector = { recognised: Recognised } | { reason: Refusal; message: string }

const { path, name, oddityLimitMs } = workerData as { path: string; name: string; oddityLimitMs?: number }

function answer(): FromInspector {
  const db = openPath(path)
  try {
    return { recognised: recognise(db, name, oddityLimitMs) }
  } catch (error) {
    if (error instanceof RefusedFile) return { reason: error.reason, message: error.message }
    throw error
  } finally {
    db.close()
  }
}

parentPort?.postMessage(answer())
