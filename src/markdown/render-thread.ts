import { parentPort } from 'node:worker_threads'
import { renderMarkdown } from './render.ts'

parentPort?.on('message', (markdown: string) => parentPort?.postMessage(renderMarkdown(markdown)))
// Loaded and listening.
parentPort?.postMessage('ready')
