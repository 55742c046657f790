/** Raised whenever the same text comes out otherwise: a job renders again what was stored with a lower one. */
export const rendererVersion = 5
