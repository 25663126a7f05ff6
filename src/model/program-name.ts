// The name of the program, as its users write it.

export const programName = 'clouddb-encryption-exporter';
