// A theme as pages need it.
import type { Look } from '../html/page.ts'
import { paths } from '../paths.ts'
import { menuOf } from '../settings/menu.ts'
import { type Stylesheet, stylesheetOf } from './stylesheet.ts'
import type { Theme } from './theme.ts'

export type Logo = { id: number; src: string; width: number; height: number; alt: string }
export type Dressed = { theme: Theme; number: number; sheet: Stylesheet | undefined }

export function dress(theme: Theme, number: number): Dressed {
  return { theme, number, sheet: stylesheetOf(theme) }
}

export function lookOf({ theme, sheet }: Pick<Dressed, 'theme' | 'sheet'>, logo: Logo | undefined): Look {
  return {
    ...(sheet && { stylesheet: paths.themeStylesheet(`${sheet.hash}.css`) }),
    scheme: theme.scheme === 'both' ? 'light dark' : theme.scheme,
    ...(logo && { logo }),
    // Without either, nothing would lead home.
    showsTitle: theme.shows_title || !logo,
    showsDescription: theme.shows_description,
    footer: theme.footer_text,
    footerMenu: menuOf(theme.footer_menu),
  }
}
