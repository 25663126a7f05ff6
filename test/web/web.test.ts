import { describe, expect, it } from 'vitest';
import { parseListenAddress } from '../../src/web/listen.ts';
import { acceptsGzip, chooseFormat } from '../../src/web/negotiation.ts';
import { scrapeDeadlineMs } from '../../src/web/scrape-deadline.ts';

describe('the format', () => {
  it.each([
    ['no header', undefined, 'text'],
    ['anything', '*/*', 'text'],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus 3.5',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    ['Prometheus told to take text', 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'text'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['OpenMetrics only', 'application/openmetrics-text', 'openmetrics'],
    ['an older OpenMetrics only', 'application/openmetrics-text;version=0.0.1', 'text'],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0,*/*', 'text'],
    ['both alike, text first', 'text/plain,application/openmetrics-text', 'text'],
    ['both alike, OpenMetrics first', 'application/openmetrics-text,text/plain', 'openmetrics'],
    [
      'quoted version and blanks',
      'Application/OpenMetrics-Text ; version="1.0.0" ; q=0.9, text/plain;q=0.1',
      'openmetrics',
    ],
    ['nothing that there is', 'application/json', 'text'],
    ['nonsense', ';;,=;q=x', 'text'],
  ])('for %s', (_, accept, format) => {
    expect(chooseFormat(accept)).toBe(format);
  });
});

describe('gzip', () => {
  it.each([
    [undefined, false],
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['*', true],
    ['identity', false],
    ['br, *;q=0', false],
  ])('for Accept-Encoding %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});

describe('the deadline', () => {
  it.each([
    ['what is announced minus the offset', '5', 500, 4500],
    ['10 s minus the offset without the header', undefined, 500, 9500],
    ['10 s minus the offset for nonsense', 'soon', 500, 9500],
    ['10 s minus the offset for a negative time', '-1', 500, 9500],
    ['half of a time that the offset would use up', '0.4', 500, 200],
    ['bounded for a time that never comes', '1e300', 500, 599_500],
  ])('is %s', (_, header, offset, expected) => {
    expect(scrapeDeadlineMs(header, offset)).toBe(expected);
  });

  it.each([
    ['the time that the last response took to be written', '5', 700, 3800],
    ['at least half for its checks, however long that took', '5', 60_000, 2250],
  ])('leaves %s', (_, header, writing, expected) => {
    expect(scrapeDeadlineMs(header, 500, writing)).toBe(expected);
  });
});

describe('a listen address', () => {
  it.each([
    [':10043', { host: undefined, port: 10_043 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['localhost:8080', { host: 'localhost', port: 8080 }],
    ['10043', undefined],
    [':70000', undefined],
    ['::1:80', undefined],
    ['http://x:80', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });
});
