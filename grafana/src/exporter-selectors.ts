// What the variables of the exporter dashboard select.

/** Series of the selected exporters. */
export const ofExporter = 'instance=~"$instance"';

/** Series of the selected accounts, as these exporters see them. */
export const ofAccount = `${ofExporter}, provider=~"$provider", account=~"$account"`;
