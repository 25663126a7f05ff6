// The names of the formats, apart from what writes them: the command line needs only these.

export const reportFormats = ['table', 'json', 'csv', 'markdown'] as const;

/** Name of a format. */
export type ReportFormat = (typeof reportFormats)[number];
