import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { renderHtml } from '#lib/report/formats/html.ts';
import type { JsonReport } from '#lib/report/json.ts';
import { folder, run, sample } from '#test/cli/program.ts';
import { readReport } from '#test/support/report.ts';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
// Without a browser nothing is known of the page: in CI that is a failure.
if (program === undefined && !process.env.CI) console.warn('no chromium: the page is not tested');

export const assets = {
  script: readFileSync('dist/cli/page.js', 'utf8'),
  style: readFileSync('dist/cli/page-style.css', 'utf8'),
};

/** A text that does something in a page where it is not escaped. */
export const attack = '</script><img src=x onerror="document.title=\'broken\'"><!--<script>\u2028=1+1';

/** A page in a browser; everything that it asked for, and said on the console. */
export interface Opened {
  readonly page: Page;
  readonly asked: readonly string[];
  readonly said: readonly string[];
}

export interface Pages {
  /** The sample company's report, and its page. */
  sampleReport(): { readonly report: JsonReport; readonly path: string };
  opened(file: string): Promise<Opened>;
}

/** A report's page as a file. */
export function written(value: JsonReport): string {
  const file = join(folder(), 'page.html');
  writeFileSync(file, renderHtml(value, assets));
  return file;
}

/** Tests that open pages in a browser, which all of them share; skipped where there is none. */
export function describePages(name: string, tests: (pages: Pages) => void): void {
  describe.runIf(program !== undefined || process.env.CI)(name, () => {
    let browser: Browser;
    let made: ReturnType<Pages['sampleReport']>;

    beforeAll(async () => {
      const to = folder();
      const [path, json] = [join(to, 'report.html'), join(to, 'report.json')];
      const { code, stderr } = await run([
        'check',
        ...sample,
        '--format',
        `html=${path}`,
        '--format',
        `json=${json}`,
      ]);
      if (code !== 1 || stderr !== '') throw new Error(`the sample's report ends with ${code}: ${stderr}`);
      made = { report: readReport(readFileSync(json, 'utf8')), path };
      browser = await chromium.launch({ executablePath: program ?? 'chromium', args: ['--no-sandbox'] });
    }, 240_000);
    afterAll(() => browser?.close());

    tests({
      sampleReport: () => made,
      async opened(file) {
        const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
        const asked: string[] = [];
        const said: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        page.on('console', (message) => said.push(message.text()));
        page.on('pageerror', (error) => said.push(String(error)));
        await page.goto(pathToFileURL(file).href);
        await page.waitForSelector('table');
        return { page, asked, said };
      },
    });
  });
}
