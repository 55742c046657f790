// What a feed says, whatever its format.
import { feedTypes } from '../html/feed-types.ts'

/** A format's file, and the type it is sent with. */
export const formats = feedTypes

/** The newest of a list; who wants more reads the blog. */
export const entriesInFeed = 20

/** Characters of texts in one feed. Entries beyond have their excerpt alone. */
export const mostText = 2_000_000

export type Author = { name: string; url: string }

/** All addresses are whole ones. */
export type Entry = {
  /** Never changes, whatever the address does. */
  id: string
  url: string
  title: string
  /** Absent where an older blog did not say. */
  published: Date | undefined
  updated: Date
  authors: Author[]
  tags: string[]
  summary: string
  /** Sanitised HTML; undefined for a text that is not for everybody, or too long. */
  html: string | undefined
  language: string
  picture: string
}

export type Feed = {
  title: string
  description: string
  /** The page it is the feed of. */
  page: string
  /** Where its formats are, each under its file's name. */
  base: string
  language: string
  /** Who tells of news, if anybody does. */
  hub: string
  updated: Date
  entries: Entry[]
}

export type Format = keyof typeof formats
