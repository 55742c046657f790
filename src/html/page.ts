/** What the layout needs to know about the site and the one who looks. */
export type Page = {
  site: {
    title: string
    description: string
    language: string
    timeZone: string
    isSetUp: boolean
    menu: { words: string; address: string }[]
  }
  /** The address of this page, path and query. */
  path: string
  visitor: {
    name: string
    slug: string
    canWrite: boolean
    isOwner: boolean
    /** What waits for those who moderate comments, as the menu of the desk shows it; empty for nothing. */
    toModerate?: string | undefined
  } | null
  canRegister: boolean
  /** A line for the owner about the state of the installation. */
  notice?: string
}
