// What all products of Tencent Cloud have in common.
import { describe, expect, it } from 'vitest';
import { providers } from '../../../src/providers/index.ts';
import { tencentAccount } from '../../../src/providers/tencent/account.ts';

const products = providers.filter(({ id }) => id.startsWith('tencent_'));

describe.each(products)('the product $id', (product) => {
  it('has the credentials, the credential chain and the settings of all products', () => {
    expect(product).toMatchObject(tencentAccount);
  });
});
