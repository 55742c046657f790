/** The path of a Java that exists; throws an Error that says what to do when there is none. */
export function ensureJava(environment?: NodeJS.ProcessEnv): Promise<string>
