// The pages for people in a real browser: at each width, in the dark, on paper, without script, below a path.
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolder } from '../support/exporter-process.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { type ReverseProxy, startReverseProxy } from '../support/reverse-proxy.ts';
import { findPeer, untilReady } from './peer.ts';

const peer = findPeer('chromium');

const widths = [390, 820, 1280];
/** Width of an A4 page within margins of 1 cm, in CSS pixels. */
const paperWidth = 718;
const count = 130;

let browser: Browser;
let demo: InProcessExporter;
let outage: InProcessExporter;
let proxy: ReverseProxy;
let folder: Awaited<ReturnType<typeof createFolder>>;

beforeAll(async () => {
  if (peer.missing) return;
  folder = await createFolder();
  const instances = Array.from(
    { length: count },
    (_, i) => `  - { id: postgres-${i}, region: ap-guangzhou, name: db-${i} }\n`,
  );
  const config = await folder.write(
    'config.yaml',
    `
accounts: { main: { provider: tencent_postgres, secret_id_env: NOT_SET_ID, secret_key_env: NOT_SET_KEY } }
instances:
${instances.join('')}`,
  );
  demo = await startInProcess({ command: 'demo' });
  outage = await startInProcess({ config });
  proxy = await startReverseProxy(outage.url, '/clouddb', { replacement: '' });
  await Promise.all([demo, outage].map(untilReady));
  browser = await chromium.launch({ executablePath: peer.path });
});

afterAll(async () => {
  await browser?.close();
  proxy?.close();
  await demo?.stop();
  await outage?.stop();
  await folder?.remove();
});

/** Opens a page, without script unless it is enabled. */
async function open<T>(url: string, use: (page: Page) => Promise<T>, options: BrowserContextOptions = {}): Promise<T> {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  try {
    const page = await context.newPage();
    await page.goto(url);
    return await use(page);
  } finally {
    await context.close();
  }
}

const viewport = (width: number) => ({ viewport: { width, height: 800 } });

/** Pixels by which the content is wider than the window. */
const overflowOf = (page: Page) =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** The cells that are hidden, or that reach out of a window of this width. */
const cellsOutside = (page: Page, width: number) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('.fleet :is(td, tbody th)')].filter((cell) => {
    const { left, right, width, height } = cell.getBoundingClientRect();
    return left < 0 || right > ${width} || width === 0 || height === 0 || cell.scrollWidth > cell.clientWidth;
  }).map((cell) => cell.innerText)`);

const looks = [...widths.map((width) => [width, 'light'] as const), [1280, 'dark'] as const];

const pages: [name: string, url: () => string][] = [
  ['the status page', () => `${demo.url}/`],
  ['a filtered page', () => `${demo.url}/?severity=critical&label=env:prod&page=x`],
  ['an empty page', () => `${demo.url}/?q=nothing`],
  ['the page of an account in an outage', () => `${outage.url}/?q=db-12`],
  ['the page of an instance', () => `${demo.url}/instance?id=postgres-9qz2m7ft`],
  ['the page of an unknown instance', () => `${demo.url}/instance?id=nothing`],
];

describe.skipIf(peer.missing)('in Chromium', () => {
  it.each(pages)('%s fits each width, and axe finds nothing on it, light or dark', async (_, url) => {
    await open(
      url(),
      async (page) => {
        await page.evaluate(axe.source);
        for (const [width, colorScheme] of looks) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          const { violations } = await page.evaluate<AxeResults>('axe.run()');
          const found = violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
          const overflow = await overflowOf(page);
          expect({ width, colorScheme, overflow, found }).toEqual({ width, colorScheme, overflow: 0, found: [] });
        }
      },
      { javaScriptEnabled: true },
    );
  });

  it('the state of each instance is visible, and every cell inside the window', async () => {
    await open(`${demo.url}/`, async (page) => {
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.locator('[data-name="State"]').first().innerText()).toBe('critical');
        expect(await cellsOutside(page, width)).toEqual([]);
      }
    });
  });

  it('is dark where the reader wants it, and light on paper, with nothing cut', async () => {
    const background = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await open(
      `${demo.url}/`,
      async (page) => {
        expect(await background(page)).toBe('rgb(19, 23, 27)');
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        expect(await background(page)).toBe('rgb(255, 255, 255)');
        expect(await overflowOf(page)).toBe(0);
        expect(await cellsOutside(page, paperWidth)).toEqual([]);
        expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
      },
      { ...viewport(paperWidth), colorScheme: 'dark' },
    );
  });

  it('the form filters, the links of the filter remove it, and the tiles lead to it', async () => {
    await open(`${demo.url}/`, async (page) => {
      const rows = () => page.locator('.fleet tbody tr').count();
      await page.getByLabel('Label').fill('team:payments');
      await page.locator('select[name=severity]').selectOption('warning');
      await page.getByRole('button', { name: 'Filter' }).click();
      expect(await rows()).toBe(2);
      expect(await page.title()).toBe('0 critical, 0 unknown – clouddb-encryption-exporter');
      await page.getByRole('link', { name: 'remove severity warning' }).click();
      expect(await rows()).toBe(3);
      await page.getByRole('link', { name: 'Remove all' }).click();
      expect(await page.title()).toBe('6 critical, 2 unknown – clouddb-encryption-exporter');
      await page.getByRole('link', { name: '2 unknown' }).click();
      expect(await rows()).toBe(2);
    });
  });

  it('pages, the page of an instance and the way back work behind a proxy that removes the path', async () => {
    await open(`${proxy.url}/clouddb/?refresh=off`, async (page) => {
      expect(await page.locator('.notice').count()).toBe(1);
      expect(await page.locator('.fleet tbody tr').count()).toBe(100);
      await page.getByRole('link', { name: 'Next' }).click();
      expect(await page.locator('.fleet tbody tr').count()).toBe(count - 100);
      await page.getByRole('link', { name: 'Previous' }).click();
      await page.getByRole('link', { name: 'db-0', exact: true }).click();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('db-0');
      await page.getByRole('link', { name: 'All instances' }).click();
      expect(new URL(page.url()).pathname).toBe('/clouddb/');
    });
  });

  it('the page reloads where the reader was, until it is stopped', async () => {
    await open(
      `${demo.url}/?refresh=5`,
      async (page) => {
        await page.evaluate('scrollTo(0, 400)');
        await page.waitForEvent('load');
        expect(await page.evaluate('scrollY')).toBe(400);
        await page.getByRole('link', { name: 'Stop' }).click();
        expect(page.url()).toContain('refresh=off');
      },
      viewport(1280),
    );
  });

  it('the keyboard reaches the first instance, with a visible focus', async () => {
    await open(`${demo.url}/`, async (page) => {
      const first = page.locator('.fleet tbody th a').first();
      await first.focus();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Shift+Tab');
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    });
  });
});
