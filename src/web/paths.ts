// Paths of the HTTP surface that several files need, below the prefix.

/** The page of an instance. */
export const instancePath = '/instance';
/** The series of one instance. */
export const probePath = '/probe';
/** The list of targets. */
export const sdPath = '/sd';
