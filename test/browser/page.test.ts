import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { type JsonReport, linesOfJson, reportAsJson } from '#lib/report/json.ts';
import { reportOf } from '#test/lib/report/fixtures.ts';
import { attack, describePages, written } from './pages.ts';

/** Every text of the report as somebody could have written it; what the page switches by stays. */
function hostile(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => hostile(one, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hostile(one, name)]));
  const fixed =
    /^(id|kind|severity|status|startedAt|access|decision|evidence|effect|layer|action|arn|principalArn)$/;
  return typeof value === 'string' && !fixed.test(key) ? `${value}${attack}` : value;
}

describePages('the page in a browser', ({ opened, sampleReport }) => {
  test('shows summary and matrix, says nothing on the console, and asks nobody for anything', async () => {
    const { path } = sampleReport();
    const { page, asked, said } = await opened(path);
    expect(await page.locator('h2').first().textContent()).toBe('Not everything is as expected.');
    expect(await page.locator('ol.findings li').count()).toBeGreaterThan(5);
    expect(await page.locator('thead th.action').count()).toBe(76);
    expect(await page.locator('td.excess').count()).toBeGreaterThan(0);
    // What a cell is about is written once somebody points at it.
    const cell = page.locator('td.excess').first();
    await cell.hover();
    expect(await cell.getAttribute('title')).toMatch(/^\w+: excess/);
    expect(asked).toEqual([pathToFileURL(path).href]);
    expect(said).toEqual([]);
    await page.close();
  });

  test('nothing can be fetched, and no other script can run', async () => {
    const { path } = sampleReport();
    const { page } = await opened(path);
    const fetched = await page.evaluate(() =>
      fetch('https://example.com/').then(
        () => 'fetched',
        () => 'refused',
      ),
    );
    expect(fetched).toBe('refused');
    await page.evaluate(
      `{ const script = document.createElement('script'); script.textContent = 'document.title = "broken"'; document.body.append(script); }`,
    );
    expect(await page.title()).toBe('Amazon Rekognition permissions');
    await page.close();
  });

  test('what others wrote is text', async () => {
    const { report } = sampleReport();
    // What was made so keeps its shape: the counts and the places are those of the report.
    const { page, asked, said } = await opened(written(hostile(report) as JsonReport));
    const places = report.principals.map((_, place) => place).slice(0, 8);
    for (const place of places) {
      await page.evaluate(`location.hash = '#/principal/${place}'`);
      await page.waitForSelector('article');
      const heading = page.locator('h2').first();
      await expect
        .poll(async () => (await heading.textContent())?.startsWith(report.principals[place]?.subject ?? '?'))
        .toBe(true);
    }
    expect(await page.title()).toBe('Amazon Rekognition permissions');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(asked).toHaveLength(1);
    expect(said).toEqual([]);
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'axe finds nothing serious, %s',
    async (colorScheme) => {
      const { path } = sampleReport();
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      for (const hash of ['', '#/principal/0', '#/principal/5']) {
        const { page } = await opened(path);
        await page.emulateMedia({ colorScheme });
        await page.evaluate(`location.hash = '${hash}'`);
        await page.waitForTimeout(100);
        await page.evaluate(axe);
        const found = await page.evaluate(async () => {
          const run: unknown = Reflect.get(globalThis, 'axe');
          const { violations } = await (
            run as {
              run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
            }
          ).run();
          return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found).toEqual([]);
        await page.close();
      }
    },
    90_000,
  );

  test('an empty report says so', async () => {
    const empty = reportAsJson(reportOf([], { principals: [] }));
    expect(linesOfJson(empty)).not.toContain('"access"');
    const { page, said } = await opened(written(empty));
    expect(await page.locator('[role=status]').textContent()).toContain('0 of 0 principals');
    expect(said).toEqual([]);
    await page.close();
  });
});
