type MenuLink = { words: string; address: string }

/** What the owner chose for readers' pages. */
export type Look = {
  /** The address of a stylesheet in place of the one in public/. */
  stylesheet?: string
  /** The text of one instead: a look that is tried out. */
  inline?: string
  scheme: 'light dark' | 'light' | 'dark'
  logo?: { src: string; width: number; height: number; alt: string }
  showsTitle: boolean
  showsDescription: boolean
  footer: string
  footerMenu: MenuLink[]
}

export type TeamSection = 'people' | 'invitations' | 'roles' | 'permissions' | 'audit'

/** What the layout needs to know about the site and the one who looks. */
export type Page = {
  site: {
    title: string
    description: string
    language: string
    timeZone: string
    isSetUp: boolean
    menu: MenuLink[]
    look: Look
  }
  /** The address of this page, path and query. */
  path: string
  /** Where somebody who signs in here wants to be afterwards. */
  next?: string | undefined
  visitor: {
    name: string
    slug: string
    canWrite: boolean
    isOwner: boolean
    /** What waits for those who moderate comments, as the menu of the desk shows it; empty for nothing. */
    toModerate?: string | undefined
    /** Which of the pages about people, roles and the audit log are open to them. */
    team?: TeamSection[]
  } | null
  canRegister: boolean
  /** A line for the owner about the state of the installation. */
  notice?: string
}
