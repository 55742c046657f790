/** Statements that are built once and asked for again and again: a connection prepares each, also within a transaction. */
export const lasting = new Set<string>()
