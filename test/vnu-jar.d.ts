declare module 'vnu-jar' {
  /** Where the archive is. */
  const path: string
  export default path
}
