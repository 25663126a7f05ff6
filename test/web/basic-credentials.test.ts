import { describe, expect, it } from 'vitest';
import { parseBasicCredentials } from '../../src/web/basic-credentials.ts';

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

describe('credentials of an Authorization header', () => {
  it.each([
    ['the example of RFC 7617', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Aladdin', 'open sesame'],
    ['the example of RFC 7617 in UTF-8', 'Basic dGVzdDoxMjPCow==', 'test', '123£'],
    ['a scheme in small letters', `basic ${encode('u:p')}`, 'u', 'p'],
    ['a scheme in capital letters', `BASIC ${encode('u:p')}`, 'u', 'p'],
    ['two blanks', `Basic  ${encode('u:p')}`, 'u', 'p'],
    ['a colon in the password', `Basic ${encode('u:p:q:')}`, 'u', 'p:q:'],
    ['an empty password', `Basic ${encode('u:')}`, 'u', ''],
    ['an empty user', `Basic ${encode(':p')}`, '', 'p'],
    ['neither', `Basic ${encode(':')}`, '', ''],
    ['a byte order mark, which is part of the name', `Basic ${encode('\ufeffu:p')}`, '\ufeffu', 'p'],
    ['control characters', `Basic ${encode('u\0:p\n')}`, 'u\0', 'p\n'],
  ])('are read from %s', (_, header, user, password) => {
    expect(parseBasicCredentials(header)).toEqual({ user, password });
  });

  it.each([
    ['no header', undefined],
    ['an empty one', ''],
    ['the scheme alone', 'Basic'],
    ['the scheme and a blank', 'Basic '],
    ['another scheme', `Bearer ${encode('u:p')}`],
    ['a longer scheme', `Basicx ${encode('u:p')}`],
    ['no blank', `Basic${encode('u:p')}`],
    ['no colon', `Basic ${encode('user')}`],
    ['nothing encoded', 'Basic ===='],
    ['padding left out', 'Basic dTpwcQ'],
    ['padding in the middle', 'Basic dT==cHE='],
    ['the alphabet for URLs', 'Basic dTr_-w=='],
    ['text behind it', `Basic ${encode('u:p')} x`],
    ['what is no UTF-8', `Basic ${encode(Buffer.from([0x75, 0x3a, 0xe4]))}`],
    ['more than anybody needs', `Basic ${encode(`u:${'p'.repeat(8192)}`)}`],
  ])('are not found in %s', (_, header) => {
    expect(parseBasicCredentials(header)).toBeUndefined();
  });
});
