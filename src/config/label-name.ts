// Which names of labels an instance can have.

/** Why a name is no name of a label; undefined: it is one. @param reserved names that the exporter itself uses */
export function labelComplaint(name: string, reserved: ReadonlySet<string>): string | undefined {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) return 'not a label name: only letters, digits and _, no digit first';
  if (name.startsWith('__')) return 'label names that begin with __ are reserved by Prometheus';
  if (reserved.has(name)) return 'this label name is used by the exporter itself; choose another';
  if (name === 'job' || name === 'instance' || name.startsWith('exported_'))
    return 'Prometheus sets or renames this label when it scrapes; choose another';
  return undefined;
}
