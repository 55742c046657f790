/** A post stays in the bin for so long. */
export const daysInBin = 30

export const binPageSize = 50
