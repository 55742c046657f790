/** Longer than a request may take, shorter than the patience of what restarts us. */
export const drainSeconds = 12
/** A connection that is not used for so long is closed by a process that was replaced. */
export const unusedSeconds = 20
/** An upload may still be under way in it. */
export const quietSeconds = 120
