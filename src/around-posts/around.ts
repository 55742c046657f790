/** How many related posts a page shows, and how many are kept: some may be gone or hidden by then. */
export const relatedShown = 3
export const relatedKept = 6
