import { Type } from 'typebox'

export const seriesOnPage = 200
export const AllSeriesQuery = Type.Object({ after: Type.Optional(Type.String({ maxLength: 400 })) })

/** More parts than anybody reads in a row; a list never grows without end. */
export const mostParts = 500

/** Parts that are listed below a post; a longer series has its page. */
export const mostPartsBelow = 50
