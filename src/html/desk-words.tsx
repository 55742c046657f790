// What desk.js says, in the language of the blog: it has no catalogue of its own.
import { text } from '../texts/texts.ts'
import type { Html } from './jsx-runtime.ts'

export function DeskWords(): Html {
  const words = {
    keys: text('desk.keys'),
    useKeys: text('desk.useKeys'),
    showKeys: text('desk.showKeys'),
    close: text('desk.close'),
    next: text('desk.next'),
    previous: text('desk.previous'),
    open: text('desk.open'),
    tick: text('desk.tick'),
    search: text('desk.search'),
    write: text('desk.write'),
    approve: text('desk.approve'),
    spam: text('desk.spam'),
    hide: text('desk.hide'),
    takeBack: text('desk.takeBack'),
    list: text('desk.list'),
    all: text('desk.all'),
    copy: text('desk.copy'),
    copied: text('desk.copied'),
    notCopied: text('desk.notCopied'),
  }
  return <div hidden data-desk={JSON.stringify(words)} />
}
