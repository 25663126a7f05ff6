// Selectors with the variables of the exporter dashboard.

/** Series of the selected exporters. */
export const ofExporter = 'instance=~"$instance"';

/** Series of the selected accounts in the selected exporters. */
export const ofAccount = `${ofExporter}, provider=~"$provider", account=~"$account"`;
