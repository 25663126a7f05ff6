// The fleet of the benchmark of discovery.
export const accounts = 20;
export const regions = ['ap-guangzhou', 'ap-shanghai', 'ap-singapore', 'ap-tokyo', 'eu-frankfurt', 'na-ashburn'];
export const instancesOfAccount = 500;
